/* Which connection the step works through: those of its system that the flow has. */
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { NodeType } from "../model/catalog.ts";
import { setMember } from "../model/commands/edit.ts";
import type { Draft, Step } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { type Choice, Select, TextField } from "../ui/Field.tsx";

const FREE = new Set(["connector.http", "connector.soap"]);

/** The names of the flow's connections.json that fit the type. */
export function connectionsFor(draft: Draft, type: NodeType): Choice[] {
  const all = objectOf(objectOf(draft.connections).connections);
  return Object.entries(all)
    .filter(([, value]) => {
      const { connector } = objectOf(value);
      return type.connector === undefined || connector === type.connector;
    })
    .map(([name, value]) => {
      const description = textOf(objectOf(value).description);
      return { value: name, label: description === undefined ? name : `${name} · ${description}` };
    });
}

export function ConnectionField({ step, type }: { step: Step; type: NodeType }) {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const readOnly = useEdited((state) => state.readOnly);
  if (!type.needs_connection && !FREE.has(type.name) && step.node.connection === undefined) {
    return null;
  }
  const now = textOf(step.node.connection);
  const known = connectionsFor(draft, type);
  const set = (name: string): void => {
    editor.run(
      setMember(editor.getState().draft, step.id, ["connection"], name === "" ? undefined : name),
    );
  };
  const help = t("inspector.connection.help");
  if (known.length === 0) {
    return (
      <TextField
        label={t("inspector.connection")}
        value={now ?? ""}
        onChange={set}
        onBlur={editor.settle}
        required={type.needs_connection}
        readOnly={readOnly}
        help={help}
      />
    );
  }
  const choices = [...known];
  if (now !== undefined && !choices.some((choice) => choice.value === now)) {
    choices.push({ value: now, label: t("inspector.connection.gone", { name: now }) });
  }
  if (!type.needs_connection) {
    choices.unshift({ value: "", label: t("inspector.connection.none") });
  }
  return (
    <Select
      label={t("inspector.connection")}
      value={now ?? (type.needs_connection ? undefined : "")}
      choices={choices}
      onChange={set}
      required={type.needs_connection}
      disabled={readOnly}
      help={help}
      placeholder={t("inspector.connection.choose")}
    />
  );
}
