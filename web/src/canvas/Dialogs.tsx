/* Renaming a step, writing a note where there is no board, and choosing between two changes of the
 * same place. */
import { useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { changeNote } from "../model/commands/arrange.ts";
import { renameStep, setTitle } from "../model/commands/edit.ts";
import { ID_PATTERN } from "../model/commands/ids.ts";
import { isRefusal } from "../model/commands/outcome.ts";
import { usersOf } from "../model/expressions.ts";
import { stepOf, takenIds } from "../model/flow.ts";
import { type Json, writeJson } from "../model/json.ts";
import { type Note, noteAt, noteKey } from "../model/layout.ts";
import type { Conflict, Side } from "../model/merge.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { useEdited, useEditor } from "./context.tsx";

export function RenameDialog() {
  const id = useEdited((state) => state.renaming);
  const note = useEdited((state) => noteAt(state.draft, id));
  const onBoard = useEdited((state) => state.view === "canvas");
  if (id === undefined || (note === undefined && id.includes("/"))) {
    return null;
  }
  if (note !== undefined) {
    return onBoard ? null : <Written key={id} note={note} />;
  }
  return <Rename key={id} id={id} />;
}

function Written({ note }: { note: Note }) {
  const editor = useEditor();
  const t = useText();
  const [text, setText] = useState(note.text);
  const close = (): void => {
    editor.setState({ renaming: undefined });
    requestAnimationFrame(() => editor.focusView());
  };
  return (
    <Dialog
      open
      title={t("canvas.note")}
      onClose={close}
      closeLabel={t("act.close")}
      size="s"
      foot={
        <>
          <Button onPress={close}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            onPress={() => {
              if (text !== note.text) {
                editor.run(changeNote(editor.getState().draft, noteKey(note.id), { text }));
                editor.settle();
              }
              close();
            }}
          >
            {t("act.save")}
          </Button>
        </>
      }
    >
      <TextField
        label={t("canvas.note")}
        value={text}
        onChange={setText}
        multiline
        autoFocus
        maxLength={10_000}
      />
    </Dialog>
  );
}

function Rename({ id }: { id: string }) {
  const editor = useEditor();
  const t = useText();
  const { draft, catalog } = editor.getState();
  const [title, setNewTitle] = useState(stepOf(draft, id)?.title ?? id);
  const [name, setName] = useState(id);
  const users = useMemo(() => usersOf(draft, catalog, id).length, [draft, catalog, id]);
  const wrong = !ID_PATTERN.test(name)
    ? t("canvas.not.id", { id: name })
    : name !== id && takenIds(draft).has(name)
      ? t("canvas.not.idTaken", { id: name })
      : undefined;
  const close = (): void => {
    editor.setState({ renaming: undefined });
    requestAnimationFrame(() => editor.focusView());
  };
  const save = (): void => {
    if (wrong !== undefined) {
      return;
    }
    if (title.trim() !== (stepOf(draft, id)?.title ?? id)) {
      editor.run(setTitle(editor.getState().draft, id, title));
    }
    if (name !== id) {
      const outcome = renameStep(editor.getState().draft, catalog, id, name);
      editor.run(outcome);
      if (!isRefusal(outcome) && editor.getState().inspected !== undefined) {
        editor.inspect(name);
      }
    }
    close();
  };
  return (
    <Dialog
      open
      title={t("canvas.rename")}
      onClose={close}
      closeLabel={t("act.close")}
      size="s"
      foot={
        <>
          <Button onPress={close}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" form="rename-step" disabled={wrong !== undefined}>
            {t("canvas.rename")}
          </Button>
        </>
      }
    >
      <form
        id="rename-step"
        className="editor-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label={t("canvas.rename.title")}
          value={title}
          onChange={setNewTitle}
          autoFocus
          maxLength={200}
        />
        <TextField
          label={t("canvas.rename.id")}
          mono
          value={name}
          onChange={setName}
          error={wrong}
          help={t("canvas.rename.help", { count: users })}
        />
      </form>
    </Dialog>
  );
}

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
