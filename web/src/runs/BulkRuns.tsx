// Many runs replayed, settled or cancelled: those that are ticked, or all that the filter finds.
import { useMemo, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { BulkActs, BulkDialog, bulkAnswer, type Which } from "../app/Bulk.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Checkbox, Select } from "../ui/Field.tsx";
import type { RunAct } from "./acts.tsx";

const ACTS: RunAct[] = ["replay", "settle", "cancel"];

function ActDialog({ act, which, onClose }: { act: RunAct; which: Which; onClose: () => void }) {
  const t = useText();
  const [version, setVersion] = useState<"current" | "own">("current");
  const [repeat, setRepeat] = useState(false);
  const replaying = act === "replay";
  const ask = async (dryRun: boolean, reason: string) =>
    bulkAnswer(
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
      "runs",
      "run",
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
  return (
    <BulkActs
      list="runs"
      ids={[...props.ticked]}
      filter={props.filter}
      beyond={props.beyond}
      acts={ACTS.map((one) => ({ id: one, label: t(`run.bulk.${one}`), reason: mayNot }))}
      open={act}
      onOpen={(next) => setAct(next as RunAct | undefined)}
      onClear={props.onClear}
      dialog={(one, which, onClose) => (
        <ActDialog act={one as RunAct} which={which} onClose={onClose} />
      )}
    />
  );
}
