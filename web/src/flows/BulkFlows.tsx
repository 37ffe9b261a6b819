// Many flows paused, resumed, labelled, exported or deleted: those that are ticked, or all that the filters find.
import { useState } from "react";
import { client, gotExact, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { BulkActs, BulkDialog, bulkAnswer, type Which } from "../app/Bulk.tsx";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, objectOf, writeJson } from "../model/json.ts";
import { useEnvironmentNames } from "../releases/queries.ts";
import { Select, TextField } from "../ui/Field.tsx";
import { saveFile } from "../ui/saveFile.ts";
import { useDebounced } from "../ui/useDebounced.ts";

const ACTS = ["pause", "resume", "label", "export", "delete"] as const;
type FlowAct = (typeof ACTS)[number];

const labelsOf = (text: string) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** What was exported, as one document that can be imported. */
function saveArchive(told: Json): void {
  const flows = arrayOf(objectOf(told).flows).flatMap((one) => objectOf(one).export ?? []);
  if (flows.length === 0) return;
  const name = `flows-${new Date().toISOString().slice(0, 10)}.json`;
  saveFile(name, new Blob([writeJson({ weft: "flows/1", flows })], { type: "application/json" }));
}

function ActDialog(props: { act: FlowAct; which: Which; where: string; onClose: () => void }) {
  const t = useText();
  const { act, which } = props;
  const environments = useEnvironmentNames();
  const [where, setWhere] = useState(props.where);
  const [add, setAdd] = useState("");
  const [remove, setRemove] = useState("");
  const labels = useDebounced(JSON.stringify([labelsOf(add), labelsOf(remove)]), 250);
  const turning = act === "pause" || act === "resume";
  const ask = async (dryRun: boolean) => {
    const told = await gotExact(
      client.POST("/flows/bulk", {
        params: { header: onceKey() },
        parseAs: "text",
        body: {
          act,
          ...which,
          ...(turning && where !== "" ? { environment: where } : {}),
          ...(act === "label" ? { add: labelsOf(add), remove: labelsOf(remove) } : {}),
          ...(dryRun ? { dry_run: true } : {}),
        },
      }),
    );
    if (!dryRun && act === "export") saveArchive(told);
    return bulkAnswer(objectOf(told), "flows", "flow");
  };
  return (
    <BulkDialog
      bare
      title={t(`flow.bulk.${act}`)}
      lead={t(`flow.bulk.${act}Lead`)}
      submit={t(`flow.bulk.${act}`)}
      danger={act === "delete"}
      askKey={JSON.stringify([act, which, where, labels])}
      ask={ask}
      onClose={props.onClose}
    >
      {turning && (
        <Select
          label={t("run.environment")}
          value={where}
          onChange={setWhere}
          choices={["", ...environments].map((value) => ({
            value,
            label: value === "" ? t("run.anyEnvironment") : value,
          }))}
        />
      )}
      {act === "label" && (
        <>
          <TextField
            autoFocus
            label={t("flow.bulk.add")}
            help={t("flow.bulk.labelsHelp")}
            value={add}
            onChange={setAdd}
          />
          <TextField label={t("flow.bulk.remove")} value={remove} onChange={setRemove} />
        </>
      )}
    </BulkDialog>
  );
}

export function BulkFlows(props: {
  ticked: ReadonlySet<string>;
  filter: Record<string, string>;
  beyond: { found: number | undefined } | undefined;
  onClear: () => void;
}) {
  const t = useText();
  const [act, setAct] = useState<string>();
  const may: Record<string, boolean> = {
    "runs.act": useCan("runs.act"),
    "flows.write": useCan("flows.write"),
    "flows.read": useCan("flows.read"),
  };
  const wants = (one: FlowAct) => {
    if (one === "export") return "flows.read";
    return one === "pause" || one === "resume" ? "runs.act" : "flows.write";
  };
  return (
    <BulkActs
      list="flows"
      ids={[...props.ticked]}
      filter={props.filter}
      beyond={props.beyond}
      acts={ACTS.map((one) => ({
        id: one,
        label: t(`flow.bulk.${one}`),
        reason: may[wants(one)] ? undefined : t("may.not", { permission: wants(one) }),
      }))}
      open={act}
      onOpen={setAct}
      onClear={props.onClear}
      dialog={(one, which, onClose) => (
        <ActDialog
          act={one as FlowAct}
          which={which}
          where={props.filter.environment ?? ""}
          onClose={onClose}
        />
      )}
    />
  );
}
