/* Walking and zooming: the board's commands that change nothing, for the editor and for flows that
 * are only shown. */
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import * as act from "./actions.ts";
import { useEditor } from "./context.tsx";

export type CommandOf = (
  id: string,
  title: string,
  keys: string[],
  run: () => void,
  keysOnly?: boolean,
) => Command;

/** Makes commands of the board, whose keys act within it. */
export function useBoardCommand(within: () => Element | null): CommandOf {
  const t = useText();
  return useMemo(
    () =>
      (id, title, keys, run, keysOnly = false) => ({
        id: `canvas.${id}`,
        title,
        group: t("canvas.board"),
        keys,
        within,
        keysOnly,
        run,
      }),
    [t, within],
  );
}

export function useLookCommands(within: () => Element | null): void {
  const editor = useEditor();
  const t = useText();
  const one = useBoardCommand(within);
  useCommands(
    useMemo(
      () => [
        one("left", t("canvas.key.walk"), ["arrowleft"], () => act.go(editor, "left"), true),
        one("right", t("canvas.key.walk"), ["arrowright"], () => act.go(editor, "right"), true),
        one("up", t("canvas.key.walk"), ["arrowup"], () => act.go(editor, "up"), true),
        one("down", t("canvas.key.walk"), ["arrowdown"], () => act.go(editor, "down"), true),
        one("open", t("canvas.key.open"), ["enter"], () => act.enter(editor)),
        one("back", t("canvas.key.back"), ["escape"], () => act.leave(editor), true),
        one("fold", t("canvas.key.fold"), ["alt+g"], () => act.fold(editor)),
        one("zoom100", t("canvas.key.zoom100"), ["0"], () => editor.board?.zoomTo(1)),
        one("fit", t("canvas.key.fit"), ["1"], () => editor.board?.fit()),
        one("fitSelection", t("canvas.key.fitSelection"), ["2"], () => editor.board?.fit(true)),
        one("zoomIn", t("canvas.key.zoomIn"), ["+", "="], () => editor.board?.zoomBy(1.25)),
        one("zoomOut", t("canvas.key.zoomOut"), ["-"], () => editor.board?.zoomBy(0.8)),
      ],
      [editor, t, one],
    ),
  );
}
