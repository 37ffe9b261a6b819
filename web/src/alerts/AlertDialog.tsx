// Somebody has it in hand, wants quiet for a while, or says that it is over: for one, or for all of
// a group.
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select } from "../ui/Field.tsx";
import type { Alert, AlertWord } from "./alerts.ts";

const MINUTES = ["15", "60", "240", "1440"] as const;
const SHOWN = 5;

function send(one: Alert, word: AlertWord, note: string, minutes: string) {
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
}

export function AlertDialog(props: {
  ones: readonly Alert[];
  word: AlertWord;
  onClose: () => void;
}) {
  const t = useText();
  const { ones, word, onClose } = props;
  const done = useDone(onClose);
  const [minutes, setMinutes] = useState<string>("60");
  return (
    <Dialog title={t(`alert.${word}`)} open onClose={onClose} closeLabel={t("act.close")}>
      <ReasonForm
        optional
        label={t("alert.note")}
        lead={t(`alert.${word}Lead`)}
        submit={t(`alert.${word}`)}
        onClose={onClose}
        onSubmit={async (note) => {
          for (const one of ones) await got(send(one, word, note, minutes));
          await done(t(`alert.${word}Done`));
        }}
      >
        <ul className="plain-list">
          {ones.slice(0, SHOWN).map((one) => (
            <li key={one.alert} className="foreign">
              {one.text}
            </li>
          ))}
        </ul>
        {ones.length > SHOWN && (
          <p className="muted">{t("alert.andMore", { count: ones.length - SHOWN })}</p>
        )}
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
