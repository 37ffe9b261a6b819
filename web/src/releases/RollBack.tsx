// The version before works again, at once: one act, when something has gone wrong.
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import type { FlowDeployment } from "../flows/flows.ts";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select } from "../ui/Field.tsx";

export function RollBack(props: {
  flow: string;
  live: readonly FlowDeployment[];
  onClose: () => void;
}) {
  const t = useText();
  const { flow, live, onClose } = props;
  const done = useDone(onClose);
  const [where, setWhere] = useState(live[0]?.environment ?? "production");
  return (
    <Dialog title={t("version.rollBack")} open onClose={onClose} closeLabel={t("act.close")}>
      <ReasonForm
        danger
        optional
        label={t("deploy.message")}
        lead={t("version.rollBackLead")}
        submit={t("version.rollBack")}
        onClose={onClose}
        onSubmit={async (message) => {
          const made = await got(
            client.POST("/flows/{flow}/rollback", {
              params: { path: { flow }, header: onceKey() },
              body: { environment: where, ...(message === "" ? {} : { message }) },
            }),
          );
          const number = made.number === undefined ? made.version.slice(0, 8) : `v${made.number}`;
          await done(t("canvas.publish.live", { number, where }));
        }}
      >
        <Select
          label={t("run.environment")}
          value={where}
          onChange={setWhere}
          choices={live.map((one) => ({ value: one.environment, label: one.environment }))}
        />
      </ReasonForm>
    </Dialog>
  );
}
