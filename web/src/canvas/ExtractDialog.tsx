/* The chosen steps become a flow of their own: what it is called. */
import { useState } from "react";
import { NAME, nameFor } from "../app/names.ts";
import { AskForm } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { stepOf } from "../model/flow.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { NameField } from "../ui/NameField.tsx";
import { useEdited, useEditor, useSay } from "./context.tsx";
import { makeExtracted } from "./extracting.ts";

export function ExtractDialog() {
  const steps = useEdited((state) => state.extracting);
  return steps && <Named steps={steps} />;
}

function Named({ steps }: { steps: readonly string[] }) {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const first = stepOf(editor.getState().draft, steps[0])?.title ?? "";
  const [name, setName] = useState(first);
  const [id, setId] = useState<string | undefined>();
  const [refused, setRefused] = useState<string | undefined>();
  const flow = id ?? nameFor(name);
  const wrong = NAME.test(flow) ? undefined : t("flow.idWrong");
  const close = (): void => {
    editor.setState({ extracting: undefined });
    requestAnimationFrame(() => editor.focusView());
  };
  const make = async (): Promise<void> => {
    if (wrong !== undefined || name.trim() === "") return;
    const why = await makeExtracted(editor, steps, { flow, name: name.trim() }, t);
    setRefused(why && say(why));
    if (why === undefined) close();
  };
  return (
    <Dialog
      open
      title={t("canvas.key.extract")}
      onClose={close}
      closeLabel={t("act.close")}
      size="s"
    >
      <AskForm submit={t("canvas.extract.make")} onAsk={make}>
        <p>{t("canvas.extract.text", { count: steps.length })}</p>
        <NameField label={t("flow.name")} required autoFocus value={name} onChange={setName} />
        <TextField
          label={t("flow.id")}
          help={t("flow.idHelp")}
          required
          mono
          maxLength={64}
          error={wrong ?? refused}
          value={flow}
          onChange={setId}
        />
      </AskForm>
    </Dialog>
  );
}
