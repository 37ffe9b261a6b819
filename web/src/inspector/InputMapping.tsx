/* The input of a connector's step as a mapping: opens the one that makes it, or begins one. */
import { Spline } from "lucide-react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { mapBefore } from "../model/commands/mapBefore.ts";
import { isRefusal } from "../model/commands/outcome.ts";
import { indexOf, stepOf } from "../model/flow.ts";
import { type Json, objectOf } from "../model/json.ts";
import { pathIn } from "../model/outputs.ts";
import { Button } from "../ui/Button.tsx";

/** The mapping whose whole output the input is. */
function useMapOf(of: string, input: Json | undefined): string | undefined {
  return useEdited(({ draft }) => {
    const path = pathIn(input);
    const before = indexOf(draft).incoming.get(of)?.[0]?.from;
    const id =
      path?.length === 1 && path[0] === "input"
        ? before
        : path?.length === 2 && path[0] === "steps"
          ? path[1]
          : undefined;
    return stepOf(draft, id)?.type === "transform.map" ? id : undefined;
  });
}

export function InputMapping({ of, onOpen }: { of: string; onOpen: (map: string) => void }) {
  const t = useText();
  const editor = useEditor();
  const readOnly = useEdited((state) => state.readOnly);
  const input = useEdited(({ draft }) => objectOf(stepOf(draft, of)?.node.config).input);
  const map = useMapOf(of, input);
  if (map !== undefined) {
    return (
      <Button size="s" icon={<Spline size={14} />} onPress={() => onOpen(map)}>
        {t("inspector.openMapper")}
      </Button>
    );
  }
  if (typeof input === "string") {
    return null;
  }
  const draw = (): void => {
    const { draft, catalog } = editor.getState();
    const title = t("inspector.mapTitle", { name: stepOf(draft, of)?.title ?? of });
    const made = mapBefore(draft, catalog, of, title);
    if (editor.run(made) && !isRefusal(made) && made.select?.[0] !== undefined) {
      onOpen(made.select[0]);
    }
  };
  return (
    <Button size="s" icon={<Spline size={14} />} disabled={readOnly} onPress={draw}>
      {t("inspector.drawMapping")}
    </Button>
  );
}
