// Many runs replayed, settled or cancelled: those that are ticked, or all that the filter finds.
import { useMemo, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useCan } from "../api/session.ts";
import { BulkBar, BulkDialog, type BulkTold } from "../app/Bulk.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { Checkbox, Select } from "../ui/Field.tsx";
import type { RunAct } from "./acts.tsx";

type Done = components["schemas"]["BulkDone"];

/** By ids, or those that a filter finds. */
export interface Which {
  runs?: string[];
  filter?: Record<string, string>;
}

function answerOf(told: Done | { job: string }): BulkTold {
  if ("job" in told && typeof told.job === "string") return { job: told.job };
  const done = told as Done;
  return {
    items: done.runs.map((one) => {
      const { run, refused } = one as { run?: unknown; refused?: unknown };
      return { id: String(run), refused: typeof refused === "string" ? refused : undefined };
    }),
    done: done.done,
    refused: done.refused,
    more: done.more ?? false,
  };
}

const ACTS: RunAct[] = ["replay", "settle", "cancel"];

function ActDialog({ act, which, onClose }: { act: RunAct; which: Which; onClose: () => void }) {
  const t = useText();
  const [version, setVersion] = useState<"current" | "own">("current");
  const [repeat, setRepeat] = useState(false);
  const replaying = act === "replay";
  const ask = async (dryRun: boolean, reason: string): Promise<BulkTold> =>
    answerOf(
      await got(
        client.POST("/runs/bulk", {
          params: { header: onceKey() },
          body: {
            act,
            ...which,
            ...(dryRun ? { dry_run: true } : { reason }),
            ...(replaying ? { version, ...(repeat ? { repeat_effects: true } : {}) } : {}),
          },
        }),
      ),
    );
  return (
    <BulkDialog
      title={t(`run.bulk.${act}`)}
      lead={t(`run.bulk.${act}Lead`)}
      submit={t(`run.${act}`)}
      danger={act === "cancel"}
      askKey={JSON.stringify([act, which, version, repeat])}
      ask={ask}
      onClose={onClose}
    >
      {replaying && (
        <>
          <Select
            label={t("run.replayVersion")}
            value={version}
            onChange={(next) => setVersion(next as "current" | "own")}
            choices={[
              { value: "current", label: t("run.replayCurrent") },
              { value: "own", label: t("run.replayOwn") },
            ]}
          />
          <Checkbox checked={repeat} onChange={setRepeat}>
            {t("run.replayRepeat")}
          </Checkbox>
        </>
      )}
    </BulkDialog>
  );
}

export function BulkRuns(props: {
  ticked: ReadonlySet<string>;
  /** What the list is filtered by, when it finds more than is ticked. */
  filter: Record<string, string>;
  beyond: { found: number | undefined } | undefined;
  onClear: () => void;
}) {
  const t = useText();
  const may = useCan("runs.act");
  const [act, setAct] = useState<RunAct>();
  const [all, setAll] = useState(false);
  const { ticked, beyond, filter } = props;
  const filtered = Object.keys(filter).length > 0;
  const mayNot = may ? undefined : t("may.not", { permission: "runs.act" });
  useCommands(
    useMemo(
      () => [
        {
          id: "runs.replay",
          title: t("run.bulk.replay"),
          group: t("nav.runs"),
          keys: ["r"],
          reason: mayNot,
          run: () => setAct("replay"),
        },
      ],
      [t, mayNot],
    ),
  );
  const which: Which = all ? { filter } : { runs: [...ticked] };
  return (
    <>
      <BulkBar
        ticked={ticked.size}
        all={
          filtered && beyond
            ? { count: beyond.found, chosen: all, onChoose: () => setAll(true) }
            : undefined
        }
        unfiltered={!filtered && beyond !== undefined}
        onClear={props.onClear}
      >
        {ACTS.map((one) => (
          <Button key={one} size="s" reason={mayNot} onPress={() => setAct(one)}>
            {t(`run.bulk.${one}`)}
          </Button>
        ))}
      </BulkBar>
      {act && (
        <ActDialog
          act={act}
          which={which}
          onClose={() => {
            setAct(undefined);
            props.onClear();
          }}
        />
      )}
    </>
  );
}
