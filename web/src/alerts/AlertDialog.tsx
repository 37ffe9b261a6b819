// Somebody has it in hand, wants quiet for a while, or says that it is over.
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select } from "../ui/Field.tsx";
import type { Alert } from "./alerts.route.tsx";

export type AlertWord = "acknowledge" | "snooze" | "resolve";

const MINUTES = ["15", "60", "240", "1440"] as const;

export function AlertDialog(props: { one: Alert; word: AlertWord; onClose: () => void }) {
  const t = useText();
  const { one, word, onClose } = props;
  const done = useDone(onClose);
  const [minutes, setMinutes] = useState<string>("60");
  const send = (note: string) => {
    const params = { path: { alert: one.alert }, header: onceKey() };
    const body = note === "" ? {} : { note };
    if (word === "snooze") {
      return client.POST("/alerts/{alert}/snooze", {
        params,
        body: { ...body, minutes: Number(minutes) },
      });
    }
    return word === "acknowledge"
      ? client.POST("/alerts/{alert}/acknowledge", { params, body })
      : client.POST("/alerts/{alert}/resolve", { params, body });
  };
  return (
    <Dialog title={t(`alert.${word}`)} open onClose={onClose} closeLabel={t("act.close")}>
      <ReasonForm
        optional
        label={t("alert.note")}
        lead={t(`alert.${word}Lead`)}
        submit={t(`alert.${word}`)}
        onClose={onClose}
        onSubmit={async (note) => {
          await got(send(note));
          await done(t(`alert.${word}Done`));
        }}
      >
        <p className="foreign">{one.text}</p>
        {word === "snooze" && (
          <Select
            label={t("alert.minutes")}
            value={minutes}
            onChange={setMinutes}
            choices={MINUTES.map((name) => ({ value: name, label: t(`alert.minutes.${name}`) }))}
          />
        )}
      </ReasonForm>
    </Dialog>
  );
}
