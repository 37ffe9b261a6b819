/* How large the board is drawn, and the buttons that change it. */
import { Panel, useStore } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { useEditor } from "./context.tsx";

export function Zoom() {
  const editor = useEditor();
  const t = useText();
  const percent = useStore((store) => Math.round(store.transform[2] * 100));
  return (
    <Panel position="bottom-left" className="zoom">
      <Button
        size="s"
        look="quiet"
        icon={<Minus size={14} />}
        label={t("canvas.key.zoomOut")}
        onPress={() => editor.board?.zoomBy(0.8)}
      />
      <Button
        size="s"
        look="quiet"
        label={t("canvas.zoomNow", { percent })}
        onPress={() => editor.board?.zoomTo(1)}
      >
        <span className="num">{percent} %</span>
      </Button>
      <Button
        size="s"
        look="quiet"
        icon={<Plus size={14} />}
        label={t("canvas.key.zoomIn")}
        onPress={() => editor.board?.zoomBy(1.25)}
      />
      <Button
        size="s"
        look="quiet"
        icon={<Maximize size={14} />}
        label={t("canvas.key.fit")}
        onPress={() => editor.board?.fit()}
      />
    </Panel>
  );
}
