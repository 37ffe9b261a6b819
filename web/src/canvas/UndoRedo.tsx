/* Back and forth in what was done, each button saying what it would undo. */
import { Redo2, Undo2 } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { useEdited, useEditor, useSay } from "./context.tsx";

export function UndoRedo() {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const history = useEdited((state) => state.history);
  const last = history.past.at(-1);
  const [next] = history.future;
  return (
    <>
      <Button
        look="quiet"
        icon={<Undo2 size={16} />}
        label={
          last === undefined ? t("canvas.undoneNone") : t("canvas.undo", { what: say(last.label) })
        }
        disabled={last === undefined}
        onPress={editor.undo}
      />
      <Button
        look="quiet"
        icon={<Redo2 size={16} />}
        label={
          next === undefined ? t("canvas.redoneNone") : t("canvas.redo", { what: say(next.label) })
        }
        disabled={next === undefined}
        onPress={editor.redo}
      />
    </>
  );
}
