/* Rows for a lookup table from a file or from what a spreadsheet has copied: for one that is there, or
 * as a new one. */
import { useState } from "react";
import { useEdited, useEditor, useSay } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { addPiece, nameFault } from "./changes.ts";
import { ImportForm } from "./ImportForm.tsx";
import { type Sheet, sheetOf } from "./sheet.ts";
import { useImport } from "./useImport.ts";

export function Import({
  sheet,
  put,
  onClose,
}: {
  sheet: Sheet;
  put: (json: JsonObject, name: string) => void;
  onClose: () => void;
}) {
  const t = useText();
  const state = useImport(sheet);
  return (
    <Dialog
      open
      size="l"
      title={t("rules.import.title")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            reason={state.reason}
            onPress={() => {
              put(state.made(), "import");
              onClose();
            }}
          >
            {t("rules.import.go", { count: state.count })}
          </Button>
        </>
      }
    >
      <div className="editor-form">
        <ImportForm state={state} />
      </div>
    </Dialog>
  );
}

const EMPTY = sheetOf({ columns: [], keys: [], rows: [] });

/** A new table of what is pasted, wherever one is chosen. */
export function NewLookup({
  onMade,
  onClose,
}: {
  onMade: (name: string) => void;
  onClose: () => void;
}) {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const draft = useEdited((state) => state.draft);
  const state = useImport(EMPTY);
  const [name, setName] = useState("");
  const refused = name === "" ? undefined : nameFault(draft, "lookup", name);
  const words = refused === undefined ? undefined : say(refused.refused);
  return (
    <Dialog
      open
      size="l"
      title={t("rules.new.lookup")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            reason={name === "" ? t("rules.import.unnamed") : (words ?? state.reason)}
            onPress={() => {
              const made = addPiece(draft, { kind: "lookup", name }, state.made());
              if (editor.run(made)) {
                onMade(name);
              }
            }}
          >
            {t("rules.new.make")}
          </Button>
        </>
      }
    >
      <div className="editor-form">
        <TextField
          label={t("rules.name")}
          help={t("rules.nameHelp")}
          mono
          autoFocus
          maxLength={64}
          value={name}
          error={words}
          onChange={setName}
        />
        <ImportForm state={state} />
      </div>
    </Dialog>
  );
}
