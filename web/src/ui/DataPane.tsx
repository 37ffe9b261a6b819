// A payload: as a tree or as its text, of any size, each number with the digits it came with.
// The text lives in a worker; the page holds the rows in view.
import {
  ChevronDown,
  ChevronsDownUp,
  ChevronsUpDown,
  ChevronUp,
  Copy,
  Milestone,
} from "lucide-react";
import { type MouseEvent, type ReactNode, useMemo, useState } from "react";
import { Kind } from "../data/json_index.ts";
import type { DataRow } from "../data/json_view.ts";
import { askPane } from "../data/panes.ts";
import { useText } from "../i18n/text.tsx";
import { type Json, writeJson } from "../model/json.ts";
import { Button } from "./Button.tsx";
import { SearchField } from "./Field.tsx";
import { Skeleton } from "./Skeleton.tsx";
import { Tree } from "./Tree.tsx";
import { type DataText, type Pane, usePane } from "./usePane.ts";

const ROW = 22;

const kindClass = ["", "", "json-string", "json-number", "json-word"] as const;

function RowText({ row }: { row: DataRow }): ReactNode {
  const brackets = row.kind === Kind.Object ? "{}" : "[]";
  return (
    <span className="json-row">
      {row.name !== undefined && <span className="json-name foreign">{row.name || '""'}</span>}
      {row.place !== undefined && <span className="json-place">{row.place}</span>}
      {row.open === undefined ? (
        <span className={`json-value foreign ${kindClass[row.kind] ?? ""}`}>
          {row.text}
          {row.cut && "…"}
        </span>
      ) : (
        <span className="json-size num">
          {brackets[0]}
          {row.children}
          {row.cut && "…"}
          {brackets[1]}
        </span>
      )}
    </span>
  );
}

function useSearch(pane: Pane, onRow: (row: number) => void) {
  const [words, setWords] = useState("");
  const [hits, setHits] = useState<number[]>([]);
  const [at, setAt] = useState(0);
  const show = async (list: number[], index: number) => {
    const hit = list[index];
    if (hit === undefined) return;
    setAt(index);
    const row = await pane.change({ do: "show", at: hit });
    if (row !== undefined) onRow(row);
  };
  const search = async (next: string) => {
    setWords(next);
    if (next === "") {
      setHits([]);
      return;
    }
    const answer = await askPane(pane.pane, { do: "search", words: next });
    setHits(answer.hits ?? []);
    await show(answer.hits ?? [], 0);
  };
  const turn = (by: number) => void show(hits, (at + by + hits.length) % Math.max(1, hits.length));
  return { words, hits, at, search, turn };
}

export interface DataPaneProps {
  label: string;
  /** The value as JSON text; undefined while it is on its way. */
  text: DataText | undefined;
  tools?: ReactNode;
  /** Said when a row is chosen: its path. */
  onPath?: (path: (string | number)[]) => void;
  maxRows?: number;
  /** Asked where the field at the cursor comes from: by the button, by w, and by its context. */
  onWhere?: ((path: (string | number)[]) => void) | undefined;
}

export function DataPane({ label, text, tools, onPath, maxRows = 18, onWhere }: DataPaneProps) {
  const t = useText();
  const pane = usePane(text);
  const [cursor, setCursor] = useState(-1);
  const search = useSearch(pane, setCursor);
  const { count } = pane;

  const where = async (row: number) => {
    const answer = await askPane(pane.pane, {
      do: "value",
      at: pane.rowAt(Math.max(0, row))?.at ?? 0,
    });
    onWhere?.(answer.path ?? []);
  };
  /* rows in view are numbered as they are in the tree */
  const context = (event: MouseEvent) => {
    const row = (event.target as Element).closest("[role=treeitem]")?.id.split("-").pop();
    if (!onWhere || row === undefined) return;
    event.preventDefault();
    setCursor(Number(row));
    void where(Number(row));
  };
  const copy = async () => {
    if (count === undefined) await navigator.clipboard.writeText(pane.raw ?? "");
    else {
      const row = pane.rowAt(Math.max(0, cursor));
      const answer = await askPane(pane.pane, { do: "value", at: row?.at ?? 0 });
      await navigator.clipboard.writeText(answer.text ?? "");
    }
  };
  if (pane.fault !== undefined) {
    return (
      <div className="data-pane">
        <p className="data-note">{t("data.notJson", { fault: pane.fault })}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <section className="data-raw" tabIndex={0} aria-label={label}>
          <pre>{pane.raw}</pre>
        </section>
      </div>
    );
  }
  if (count === undefined) return <Skeleton label={t("state.loading")} lines={4} />;
  return (
    <div className="data-pane">
      <div className="data-tools">
        <SearchField
          label={t("data.find")}
          value={search.words}
          onChange={(next) => void search.search(next)}
          onKey={(event) => {
            if (event.key === "Enter") search.turn(event.shiftKey ? -1 : 1);
          }}
        />
        {search.words !== "" && (
          <>
            <span className="num muted" role="status">
              {search.hits.length === 0
                ? t("data.noHit")
                : t("data.hit", { at: search.at + 1, of: search.hits.length })}
            </span>
            <Button
              size="s"
              look="quiet"
              label={t("data.previous")}
              icon={<ChevronUp size={14} />}
              onPress={() => search.turn(-1)}
            />
            <Button
              size="s"
              look="quiet"
              label={t("data.next")}
              icon={<ChevronDown size={14} />}
              onPress={() => search.turn(1)}
            />
          </>
        )}
        {pane.coming && (
          <span className="muted" role="status">
            {t("data.coming")}
          </span>
        )}
        <span className="spacer" />
        {tools}
        {onWhere && (
          <Button
            size="s"
            look="quiet"
            label={t("data.where")}
            icon={<Milestone size={14} />}
            onPress={() => void where(cursor)}
          />
        )}
        <Button
          size="s"
          look="quiet"
          label={t("data.openAll")}
          icon={<ChevronsUpDown size={14} />}
          onPress={() => void pane.change({ do: "toggleAll", open: true })}
        />
        <Button
          size="s"
          look="quiet"
          label={t("data.closeAll")}
          icon={<ChevronsDownUp size={14} />}
          onPress={() => void pane.change({ do: "toggleAll", open: false })}
        />
        <Button
          size="s"
          look="quiet"
          label={t("data.copy")}
          icon={<Copy size={14} />}
          onPress={() => void copy()}
        />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the rows are in the tree, which has keys */}
      <div
        className="data-tree"
        onContextMenu={context}
        style={{ height: `${Math.min(count, maxRows) * ROW + 10}px` }}
      >
        <Tree
          label={label}
          count={count}
          rowHeight={ROW}
          cursor={cursor}
          onCursor={setCursor}
          onView={pane.onView}
          onKey={(event, at) => {
            if (event.key === "w") void where(at);
          }}
          rowAt={(at) => {
            const row = pane.rowAt(at);
            return (
              row && {
                key: String(row.at),
                depth: row.depth,
                open: row.open,
                content: <RowText row={row} />,
              }
            );
          }}
          onToggle={(key, open) => void pane.change({ do: "toggle", at: Number(key), open })}
          {...(onPath
            ? {
                onChoose: (key: string) =>
                  void askPane(pane.pane, { do: "value", at: Number(key) }).then((answer) =>
                    onPath(answer.path ?? []),
                  ),
              }
            : {})}
        />
      </div>
    </div>
  );
}

/** A value that came inside an answer. */
export function ValuePane(props: Omit<DataPaneProps, "text"> & { value: Json | undefined }) {
  const { value, ...rest } = props;
  const text = useMemo(() => (value === undefined ? undefined : writeJson(value)), [value]);
  return <DataPane {...rest} text={text} />;
}
