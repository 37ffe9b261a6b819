// What differs between two versions: drawn, in words, and line by line.
import { GitCompareArrows } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { client, got } from "../api/client.ts";
import { tellProblem } from "../app/toasts.tsx";
import { ShownFlow } from "../canvas/ShownFlow.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import type { Catalog } from "../model/catalog.ts";
import type { Draft } from "../model/flow.ts";
import { type Json, writeJson } from "../model/json.ts";
import { Badge, Chip, type Tone } from "../ui/Badge.tsx";
import { shortOf } from "../ui/DiffTable.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { saveFile } from "../ui/saveFile.ts";
import { Tabs } from "../ui/Tabs.tsx";
import { type Change, differing, drawingOf, filesOf } from "./drawing.ts";
import { piecesOf } from "./legible.ts";
import { OneDrawing } from "./OneDrawing.tsx";
import { useDifference } from "./queries.ts";
import { DRAFT, useCatalog, useVersion } from "./versions.ts";

const TextDiff = lazy(() => import("./TextDiff.tsx"));
const tones: Record<Change["kind"], Tone> = { added: "ok", removed: "err", changed: "warn" };
const CHANGES_SHOWN = 300;

export function whatOf(change: Pick<Change, "what" | "id" | "node">, t: Translate): string {
  const id = change.id ?? "";
  return t(`version.what.${change.what}`, { id, node: change.node ?? "" });
}

const PIECES_SHOWN = 100;

function ChangeRows({ change }: { change: Change }) {
  const t = useText();
  const pieces = piecesOf(change);
  const [one] = pieces;
  const whole = pieces.length === 1 && one?.path === "";
  const value = (shown: Json | undefined) => <td className="mono foreign">{shortOf(shown)}</td>;
  return (
    <>
      <tr>
        <th scope="row" colSpan={whole ? 1 : 3}>
          <Badge plain tone={tones[change.kind]}>
            {t(`version.kind.${change.kind}`)}
          </Badge>{" "}
          <span className="foreign">{whatOf(change, t)}</span>{" "}
          <span className="mono muted foreign">{change.pointer}</span>
        </th>
        {whole && value(one.before)}
        {whole && value(one.after)}
      </tr>
      {!whole &&
        pieces.slice(0, PIECES_SHOWN).map((piece) => (
          <tr key={piece.path}>
            <th scope="row" className="mono foreign">
              {piece.path}
            </th>
            {value(piece.before)}
            {value(piece.after)}
          </tr>
        ))}
      {pieces.length > PIECES_SHOWN && (
        <tr>
          <td className="muted" colSpan={3}>
            {t("version.moreChanges", { count: pieces.length - PIECES_SHOWN })}
          </td>
        </tr>
      )}
    </>
  );
}

export function Changes({ changes }: { changes: readonly Change[] }) {
  const t = useText();
  return (
    <div className="changes">
      <table className="diff">
        <thead>
          <tr>
            <th scope="col">{t("version.change")}</th>
            <th scope="col">{t("version.before")}</th>
            <th scope="col">{t("version.after")}</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, CHANGES_SHOWN).map((change) => (
            <ChangeRows key={`${change.kind} ${change.pointer}`} change={change} />
          ))}
        </tbody>
      </table>
      {changes.length > CHANGES_SHOWN && (
        <p className="muted">
          {t("version.moreChanges", { count: changes.length - CHANGES_SHOWN })}
        </p>
      )}
    </div>
  );
}

const write = (value: Json) => writeJson(value, 2, 80);

function Lines({ before, after }: { before: Draft; after: Draft }) {
  const t = useText();
  const [a, b] = useMemo(() => [filesOf(before, write), filesOf(after, write)], [before, after]);
  const names = differing(a, b);
  const [chosen, setChosen] = useState("");
  const name = names.includes(chosen) ? chosen : (names[0] ?? "");
  if (name === "") return <p className="muted">{t("diff.same")}</p>;
  return (
    <div className="stack">
      <Select
        label={t("version.file")}
        value={name}
        onChange={setChosen}
        choices={names.map((one) => ({ value: one, label: one }))}
      />
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={8} />}>
        <div className="framed">
          <TextDiff
            label={t("version.linesOf", { name })}
            name={name}
            before={a.get(name) ?? ""}
            after={b.get(name) ?? ""}
          />
        </div>
      </Suspense>
    </div>
  );
}

function Drawn(props: {
  flow: string;
  before: Draft;
  after: Draft;
  catalog: Catalog;
  changes: readonly Change[];
  /** The step that stands out; "": none. */
  step: string;
}) {
  const { before, after, changes } = props;
  const drawing = useMemo(() => drawingOf(before, after, changes), [before, after, changes]);
  return (
    <div className="framed version-drawing">
      <ShownFlow
        flow={props.flow}
        draft={drawing.draft}
        catalog={props.catalog}
        marks={drawing.marks}
        chosen={props.step || undefined}
      />
    </div>
  );
}

export function Difference(props: {
  flow: string;
  from: string;
  to: string;
  tab: string;
  onTab: (tab: string) => void;
  /** The step that stands out in the drawing; "": none. */
  step: string;
}) {
  const t = useText();
  const { flow, from, to, step } = props;
  const difference = useDifference(flow, from, to);
  const before = useVersion(flow, from);
  const after = useVersion(flow, to);
  const catalog = useCatalog();
  const failed = [difference, before, after, catalog].find((one) => one.error && !one.data);
  if (failed) {
    return <ErrorBox error={failed.error} onAgain={() => void failed.refetch()} />;
  }
  if (!difference.data || !before.data || !after.data || !catalog.data) {
    return <Skeleton label={t("state.loading")} lines={8} />;
  }
  const { changes } = difference.data;
  if (changes.length === 0) {
    return (
      <>
        <p className="muted">
          <GitCompareArrows size={16} aria-hidden="true" /> <strong>{t("version.same")}</strong>.{" "}
          {t("version.sameText")}
        </p>
        <OneDrawing flow={flow} version={to} step={step} />
      </>
    );
  }
  return (
    <Tabs
      label={t("version.difference")}
      chosen={props.tab}
      onChoose={props.onTab}
      tabs={[
        {
          id: "drawing",
          label: t("version.drawing"),
          content: (
            <Drawn
              key={`${from} ${to}`}
              flow={flow}
              before={before.data}
              after={after.data}
              catalog={catalog.data}
              changes={changes}
              step={step}
            />
          ),
        },
        {
          id: "changes",
          label: (
            <>
              {t("version.changes")} <Chip>{changes.length}</Chip>
            </>
          ),
          content: <Changes changes={changes} />,
        },
        {
          id: "lines",
          label: t("version.lines"),
          content: <Lines before={before.data} after={after.data} />,
        },
      ]}
    />
  );
}

/** Has the browser keep the version as a file, for import elsewhere. */
export async function exportVersion(flow: string, version: string, name: string): Promise<void> {
  try {
    const data = await got(
      client.GET("/flows/{flow}/export", {
        params: { path: { flow }, query: version === DRAFT ? {} : { version } },
        // As it stands: its numbers keep their digits.
        parseAs: "blob",
      }),
    );
    saveFile(`${flow}-${name}.json`, data as unknown as Blob);
  } catch (error) {
    tellProblem(error);
  }
}
