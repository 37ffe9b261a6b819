/* Choosing between two changes of the same place. */
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { stepOf } from "../model/flow.ts";
import { type Json, writeJson } from "../model/json.ts";
import type { Conflict, Side } from "../model/merge.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useEdited } from "./context.tsx";

function shown(value: Json | undefined, absent: string): string {
  return value === undefined ? absent : writeJson(value, 2, 60);
}

function Choice({
  conflict,
  side,
  onChoose,
}: {
  conflict: Conflict;
  side: Side;
  onChoose: (side: Side) => void;
}) {
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const step = stepOf(draft, conflict.step);
  return (
    <fieldset className="conflict">
      <legend className="foreign">
        {step?.title ?? t("canvas.theFlow")} <code>{conflict.pointer}</code>
      </legend>
      <p className="conflict-base foreign">
        {t("canvas.conflict.was")} <code>{shown(conflict.base, t("canvas.conflict.absent"))}</code>
      </p>
      {(["mine", "theirs"] as const).map((one) => (
        <label key={one} className="conflict-side">
          <input
            type="radio"
            name={conflict.pointer}
            checked={side === one}
            onChange={() => onChoose(one)}
          />
          <span>{t(one === "mine" ? "canvas.conflict.mine" : "canvas.conflict.theirs")}</span>
          <pre className="foreign">{shown(conflict[one], t("canvas.conflict.absent"))}</pre>
        </label>
      ))}
    </fieldset>
  );
}

export function ConflictDialog({
  onResolve,
}: {
  onResolve: (choices: ReadonlyMap<string, Side>) => void;
}) {
  const t = useText();
  const save = useEdited((state) => state.save);
  const [choices, setChoices] = useState<ReadonlyMap<string, Side>>(new Map());
  if (save.kind !== "conflict") {
    return null;
  }
  const all = (side: Side): void =>
    setChoices(new Map(save.conflicts.map((one) => [one.pointer, side])));
  return (
    <Dialog
      open
      alert
      locked
      size="l"
      title={t("canvas.conflict.title", { count: save.conflicts.length })}
      onClose={() => undefined}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button onPress={() => all("mine")}>{t("canvas.conflict.allMine")}</Button>
          <Button onPress={() => all("theirs")}>{t("canvas.conflict.allTheirs")}</Button>
          <Button
            look="primary"
            onPress={() => {
              onResolve(choices);
              setChoices(new Map());
            }}
          >
            {t("canvas.conflict.take")}
          </Button>
        </>
      }
    >
      <p>{t("canvas.conflict.text")}</p>
      {save.conflicts.map((conflict) => (
        <Choice
          key={conflict.pointer}
          conflict={conflict}
          side={choices.get(conflict.pointer) ?? "mine"}
          onChoose={(side) => setChoices(new Map(choices).set(conflict.pointer, side))}
        />
      ))}
    </Dialog>
  );
}
