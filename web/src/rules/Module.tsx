/* A module of Lua: its text, what the compiler says of it, and what stands beside. */
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { placesOf } from "../inspector/sample.ts";
import { textOf } from "../model/json.ts";
import { Select } from "../ui/Field.tsx";
import { changePiece } from "./changes.ts";
import type { Known } from "./complete.ts";
import { Faults } from "./Faults.tsx";
import { Library, useLibrary } from "./Library.tsx";
import { type Piece, piecesOf } from "./pieces.ts";
import type { RuleFocus } from "./place.ts";
import { functionsOf, referencesIn } from "./references.ts";
import { Side } from "./Side.tsx";
import { callsOf } from "./used.ts";
import { useRuleFaults, useValueOf } from "./useRuleCheck.ts";
import { useTried } from "./useTry.ts";

const LuaEditor = lazy(() => patient(() => import("./LuaEditor.tsx")));
const NONE: never[] = [];

/** event -> trigger.body: what the functions here are called with, where a step says so plainly. */
function paramsOf(text: string, calls: readonly { call: string }[]): Map<string, string> {
  const out = new Map<string, string>();
  for (const { name, params } of functionsOf(text)) {
    for (const { call } of calls) {
      const [own] = referencesIn(call);
      const given = own?.func === name ? (own.args ?? "").split(",") : [];
      params.forEach((param, i) => {
        const path = given[i]?.trim() ?? "";
        if (!out.has(param) && /^[A-Za-z_][\w.[\]]*$/.test(path)) {
          out.set(param, path);
        }
      });
    }
    for (const param of params) {
      out.set(param, out.get(param) ?? param);
    }
  }
  return out;
}

function useKnown(piece: Piece, text: string): Known {
  const draft = useEdited((state) => state.draft);
  const { functions } = useLibrary();
  const { tried } = useTried(piece);
  const context = tried[0]?.context;
  const places = useMemo(() => (context === undefined ? NONE : placesOf(context)), [context]);
  return useMemo(() => {
    const names = (kind: Piece["kind"]): string[] =>
      piecesOf(draft).flatMap((one) => (one.kind === kind ? one.name : []));
    return {
      functions,
      places,
      rules: names("module").filter((name) => name !== piece.name),
      tables: names("table"),
      lookups: names("lookup"),
      params: paramsOf(text, callsOf(draft, piece)),
    };
  }, [draft, functions, places, piece, text]);
}

export function Module({ piece, focus }: { piece: Piece; focus: RuleFocus | undefined }) {
  const editor = useEditor();
  const t = useText();
  const text = textOf(useValueOf(piece)) ?? "";
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const asked = useRuleFaults(piece);
  const known = useKnown(piece, text);
  const [own, setOwn] = useState<{ line: number }>();
  const [seen, setSeen] = useState<RuleFocus>();
  if (focus !== seen) {
    setSeen(focus);
    if (focus?.line !== undefined) {
      setOwn({ line: focus.line });
    }
  }
  const onChange = useCallback(
    (next: string) => {
      editor.run(changePiece(editor.getState().draft, piece, next, "text"));
    },
    [editor, piece],
  );
  const outline = functionsOf(text);
  return (
    <>
      <div className="rule-main">
        {outline.length > 0 && (
          <div className="grid-tools">
            <Select
              inline
              label={t("rules.module.functions")}
              placeholder={t("rules.module.jump")}
              value={undefined}
              choices={outline.map((one) => ({
                value: String(one.line),
                label: `${one.name}(${one.params.join(", ")})`,
              }))}
              onChange={(line) => setOwn({ line: Number(line) })}
            />
            <span className="muted num">
              {t("rules.module.lines", { count: text.split("\n").length })}
            </span>
          </div>
        )}
        <Suspense fallback={<pre className="lua-waiting mono foreign">{text}</pre>}>
          <LuaEditor
            label={t("rules.module.text", { name: piece.name })}
            value={text}
            known={known}
            faults={asked.now ?? NONE}
            readOnly={readOnly}
            goto={own}
            onChange={onChange}
            onLeave={() => editor.settle()}
          />
        </Suspense>
        <Faults asked={asked} onGo={(fault) => setOwn({ line: fault.line ?? 1 })} />
      </div>
      <Side
        piece={piece}
        test={focus?.test}
        more={[{ id: "library", label: t("rules.tab.library"), content: <Library /> }]}
      />
    </>
  );
}
