/* In place of the board: a flow whose format this program does not know is not judged, nor drawn as if
 * it were empty, nor changed. */
import { useText } from "../i18n/text.tsx";
import { type Draft, formatOf } from "../model/flow.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { useEditor } from "./context.tsx";

export function Newer({ draft }: { draft: Draft }) {
  const editor = useEditor();
  const t = useText();
  return (
    <Empty
      title={t("canvas.newer.title")}
      acts={
        <Button look="primary" onPress={() => editor.setState({ view: "source" })}>
          {t("canvas.newer.source")}
        </Button>
      }
    >
      {t("canvas.newer.text", { format: formatOf(draft) })}
    </Empty>
  );
}
