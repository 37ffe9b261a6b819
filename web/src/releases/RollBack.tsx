// A version that worked before works again, at once: one act, when something has gone wrong.
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import type { FlowDeployment } from "../flows/flows.ts";
import { fullMoment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select } from "../ui/Field.tsx";
import { Effect } from "./Deploy.tsx";
import { useDeployments } from "./queries.ts";
import { earlierOf, versionName } from "./versions.ts";

export function RollBack(props: {
  flow: string;
  live: readonly FlowDeployment[];
  onClose: () => void;
}) {
  const t = useText();
  const { flow, live, onClose } = props;
  const done = useDone(onClose);
  const [where, setWhere] = useState(live[0]?.environment ?? "production");
  const [chosen, setChosen] = useState("");
  const { items, loading } = useDeployments(flow);
  const there = live.find((one) => one.environment === where)?.version;
  const earlier = earlierOf(items, where, there);
  const to = earlier.find((one) => one.version === chosen) ?? earlier[0];
  return (
    <Dialog
      title={t("version.rollBack")}
      open
      size="l"
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <ReasonForm
        danger
        optional
        label={t("deploy.message")}
        lead={t("version.rollBackLead")}
        submit={t("version.rollBack")}
        refused={to || loading ? undefined : t("version.rollBackNone", { where })}
        onClose={onClose}
        onSubmit={async (message) => {
          const made = await got(
            client.POST("/flows/{flow}/rollback", {
              params: { path: { flow }, header: onceKey() },
              body: {
                environment: where,
                ...(to ? { version: to.version } : {}),
                ...(message === "" ? {} : { message }),
              },
            }),
          );
          await done(t("canvas.publish.live", { number: versionName(made), where }));
        }}
      >
        <Select
          label={t("run.environment")}
          value={where}
          onChange={setWhere}
          choices={live.map((one) => ({ value: one.environment, label: one.environment }))}
        />
        {to && (
          <>
            <Select
              label={t("version.rollBackTo")}
              value={to.version}
              onChange={setChosen}
              choices={earlier.map((one) => ({
                value: one.version,
                label: [
                  versionName(one),
                  one.at && fullMoment(new Date(one.at)),
                  one.by,
                  one.message,
                ]
                  .filter(Boolean)
                  .join(" · "),
              }))}
            />
            <Effect flow={flow} version={to.version} environment={where} />
          </>
        )}
      </ReasonForm>
    </Dialog>
  );
}
