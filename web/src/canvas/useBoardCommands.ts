/* The board's commands for the keyboard and the palette of commands. */
import { useMemo } from "react";
import { useLocation } from "wouter";
import { useCan } from "../api/session.ts";
import { tell, tellPlace, tellProblem } from "../app/toasts.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import type { Label } from "../model/history.ts";
import * as act from "./actions.ts";
import { beginConnecting } from "./connecting.ts";
import { useEditor, useSay } from "./context.tsx";
import { patient } from "./patient.ts";
import type { Editor } from "./store.ts";
import type { TestWhat } from "./testing.ts";
import { useBoardCommand, useLookCommands } from "./useLookCommands.ts";

async function test(editor: Editor, what: TestWhat = {}): Promise<void> {
  await (await patient(() => import("./testing.ts"))).test(editor, what);
}

export async function extract(editor: Editor, t: Translate): Promise<void> {
  (await patient(() => import("./around.ts"))).beginExtracting(editor, t);
}

export async function define(editor: Editor, go: (address: string) => void): Promise<void> {
  (await patient(() => import("./around.ts"))).goToDefinition(editor, go);
}

async function pin(editor: Editor, say: (label: Label) => string): Promise<void> {
  try {
    const { turnPins } = await patient(() => import("../inspector/pins.ts"));
    const done = await turnPins(editor);
    if (done !== undefined) tell(say(done));
  } catch (error) {
    tellProblem(error);
  }
}

async function turn(editor: Editor, t: Translate, by: 1 | -1): Promise<void> {
  try {
    const { turnSample } = await patient(() => import("../inspector/turnSample.ts"));
    const { name, at, of } = await turnSample(editor, by, t);
    if (name === undefined) editor.say({ id: "canvas.not.sample" }, true);
    else tellPlace("sample", t("canvas.sampleNow", { name, at, of }));
  } catch (error) {
    tellProblem(error);
  }
}

const ARROWS = [
  ["arrowleft", -1, 0],
  ["arrowright", 1, 0],
  ["arrowup", 0, -1],
  ["arrowdown", 0, 1],
] as const;

/** Steps of 10 or, with Shift, 50 pixels. */
function moves(editor: Editor): [string, () => void][] {
  const out: [string, () => void][] = [];
  for (const [key, x, y] of ARROWS) {
    out.push([`alt+${key}`, () => act.move(editor, 10 * x, 10 * y)]);
    out.push([`alt+shift+${key}`, () => act.move(editor, 50 * x, 50 * y)]);
  }
  return out;
}

export function useBoardCommands(within: () => Element | null, save: () => void): void {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const [, go] = useLocation();
  const mayPin = useCan("rules.write");
  const one = useBoardCommand(within);
  useLookCommands(within);
  const commands = useMemo<Command[]>(() => {
    const anywhere = (command: Command): Command => {
      const { within: _here, ...rest } = command;
      return rest;
    };
    return [
      ...moves(editor).map(([keys, run]) =>
        one(`move.${keys}`, t("canvas.key.move"), [keys], run, true),
      ),
      one("upstream", t("canvas.key.upstream"), ["shift+arrowleft"], () =>
        act.selectStream(editor, "up"),
      ),
      one("downstream", t("canvas.key.downstream"), ["shift+arrowright"], () =>
        act.selectStream(editor, "down"),
      ),
      one("add", t("canvas.key.add"), ["n", "/"], () => act.openPicker(editor)),
      one("connect", t("canvas.key.connect"), ["c"], () => beginConnecting(editor)),
      one("rename", t("canvas.key.rename"), ["f2"], () =>
        act.write(editor, act.chosenSteps(editor)[0] ?? act.chosenNotes(editor)[0]),
      ),
      one("remove", t("canvas.key.remove"), ["delete", "backspace"], () => act.remove(editor)),
      one("removeReconnect", t("canvas.key.removeReconnect"), ["mod+delete", "mod+backspace"], () =>
        act.removeReconnect(editor),
      ),
      one("duplicate", t("canvas.key.duplicate"), ["mod+d"], () => act.duplicated(editor)),
      one("all", t("canvas.key.all"), ["mod+a"], () => act.selectAll(editor)),
      one("disable", t("canvas.key.disable"), ["d"], () => act.disable(editor)),
      {
        ...one("pin", t("canvas.key.pin"), ["p"], () => void pin(editor, say)),
        reason: mayPin ? undefined : t("inspector.pin.forbidden"),
      },
      one("sampleBack", t("canvas.key.sampleBack"), ["["], () => void turn(editor, t, -1)),
      one("sampleNext", t("canvas.key.sampleNext"), ["]"], () => void turn(editor, t, 1)),
      one("group", t("canvas.key.group"), ["mod+g"], () =>
        act.groupChosen(editor, t("canvas.groupNew")),
      ),
      one("nameGroup", t("canvas.key.nameGroup"), ["shift+f2"], () => act.nameGroup(editor)),
      one("ungroup", t("canvas.key.ungroup"), ["mod+shift+g"], () => act.ungroupChosen(editor)),
      one("extract", t("canvas.key.extract"), ["alt+x"], () => void extract(editor, t)),
      one("define", t("canvas.key.define"), ["alt+enter"], () => void define(editor, go)),
      one("note", t("canvas.key.note"), ["shift+s"], () => act.note(editor)),
      one("noteColour", t("canvas.key.noteColour"), ["shift+k"], () => act.nextColour(editor)),
      ...ARROWS.map(([key, x, y]) =>
        one(
          `resize.${key}`,
          t("canvas.key.noteSize"),
          [`mod+shift+${key}`],
          () => act.resize(editor, 20 * x, 20 * y),
          true,
        ),
      ),
      one("series", t("canvas.key.series"), ["shift+c"], () => act.series(editor)),
      one("alignTop", t("canvas.key.alignTop"), [], () => act.aligned(editor, "top")),
      one("alignLeft", t("canvas.key.alignLeft"), [], () => act.aligned(editor, "left")),
      one("spreadAcross", t("canvas.key.across"), [], () => act.aligned(editor, "across")),
      one("spreadDown", t("canvas.key.down"), [], () => act.aligned(editor, "down")),
      anywhere(one("test", t("canvas.test.all"), ["mod+enter"], () => void test(editor))),
      anywhere(
        one("testUntil", t("canvas.test.until"), ["mod+shift+enter"], () => {
          const [until] = act.chosenSteps(editor);
          void test(editor, until === undefined ? {} : { until });
        }),
      ),
      one("testOnly", t("canvas.test.only"), ["shift+enter"], () => {
        const [only] = act.chosenSteps(editor);
        void test(editor, only === undefined ? {} : { only });
      }),
      anywhere(one("undo", t("canvas.key.undo"), ["mod+z"], () => editor.undo())),
      anywhere(one("redo", t("canvas.key.redo"), ["mod+shift+z", "mod+y"], () => editor.redo())),
      anywhere(one("save", t("canvas.key.save"), ["mod+s"], save)),
      anywhere(
        one("find", t("canvas.key.find"), ["mod+f"], () => editor.setState({ panel: "search" })),
      ),
      anywhere(one("tidy", t("canvas.key.tidy"), ["shift+alt+t"], () => void act.tidy(editor))),
      anywhere(
        one("outline", t("canvas.key.outline"), ["mod+shift+o"], () => {
          editor.setState((state) => ({ view: state.view === "outline" ? "canvas" : "outline" }));
        }),
      ),
    ];
  }, [editor, t, say, go, mayPin, one, save]);
  useCommands(commands);
}
