/* Naming a step or a group, and writing a note where there is no board. */
import { type ReactNode, useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { changeGroup, changeNote } from "../model/commands/arrange.ts";
import { renameStep, setTitle } from "../model/commands/edit.ts";
import { ID_PATTERN } from "../model/commands/ids.ts";
import { isRefusal } from "../model/commands/outcome.ts";
import { usersOf } from "../model/expressions.ts";
import { stepOf, takenIds } from "../model/flow.ts";
import { type Group, groupsOf, type Note, noteAt, noteKey } from "../model/layout.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { NameField } from "../ui/NameField.tsx";
import { useEdited, useEditor } from "./context.tsx";

export function NamingDialog() {
  const id = useEdited((state) => state.renaming);
  const note = useEdited((state) => noteAt(state.draft, id));
  const draft = useEdited((state) => state.draft);
  const onBoard = useEdited((state) => state.view === "canvas");
  if (id === undefined) {
    return null;
  }
  if (note !== undefined) {
    return onBoard ? null : <Written key={id} note={note} />;
  }
  const group = groupsOf(draft).find((one) => `group/${one.id}` === id);
  if (group !== undefined) {
    return <Named key={id} group={group} />;
  }
  return stepOf(draft, id) === undefined ? null : <Rename key={id} id={id} />;
}

/** Enter saves, Escape does not; the keys go back to the board or the outline. */
function Ask(props: {
  title: string;
  act?: string;
  wrong?: boolean;
  onSave: () => void;
  children: ReactNode;
}) {
  const editor = useEditor();
  const t = useText();
  const close = (): void => {
    editor.setState({ renaming: undefined });
    requestAnimationFrame(() => editor.focusView());
  };
  return (
    <Dialog
      open
      title={props.title}
      onClose={close}
      closeLabel={t("act.close")}
      size="s"
      foot={
        <>
          <Button onPress={close}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" form="naming" disabled={props.wrong === true}>
            {props.act ?? t("act.save")}
          </Button>
        </>
      }
    >
      <form
        id="naming"
        className="editor-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (props.wrong !== true) {
            props.onSave();
            close();
          }
        }}
      >
        {props.children}
      </form>
    </Dialog>
  );
}

function Named({ group }: { group: Group }) {
  const editor = useEditor();
  const t = useText();
  const [title, setTitle] = useState(group.title);
  const save = (): void => {
    const name = title.trim();
    if (name !== group.title) {
      editor.run(changeGroup(editor.getState().draft, group.id, { title: name }));
    }
  };
  return (
    <Ask title={t("canvas.key.nameGroup")} wrong={title.trim() === ""} onSave={save}>
      <NameField label={t("canvas.groupName")} value={title} onChange={setTitle} autoFocus />
    </Ask>
  );
}

function Written({ note }: { note: Note }) {
  const editor = useEditor();
  const t = useText();
  const [text, setText] = useState(note.text);
  const save = (): void => {
    if (text !== note.text) {
      editor.run(changeNote(editor.getState().draft, noteKey(note.id), { text }));
      editor.settle();
    }
  };
  return (
    <Ask title={t("canvas.note")} onSave={save}>
      <TextField
        label={t("canvas.note")}
        value={text}
        onChange={setText}
        multiline
        autoFocus
        maxLength={10_000}
      />
    </Ask>
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
  const save = (): void => {
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
  };
  return (
    <Ask
      title={t("canvas.rename")}
      act={t("canvas.rename")}
      wrong={wrong !== undefined}
      onSave={save}
    >
      <NameField label={t("canvas.rename.title")} value={title} onChange={setNewTitle} autoFocus />
      <TextField
        label={t("canvas.rename.id")}
        mono
        value={name}
        onChange={setName}
        error={wrong}
        help={t("canvas.rename.help", { count: users })}
      />
    </Ask>
  );
}
