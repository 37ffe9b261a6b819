/* What an expression of a line sees: the sample, and the items of the lists that the line is in. */
import { useMemo } from "react";
import { useEditor } from "../canvas/context.tsx";
import type { Seen } from "../inspector/ExpressionField.tsx";
import { placesOf } from "../inspector/sample.ts";
import { useTypeWord } from "../inspector/useKnown.ts";
import type { JsonObject } from "../model/json.ts";
import { either, leaf, listOf, objectWith, type Shape } from "../model/shape.ts";
import type { Line } from "./lines.ts";
import { useMapping } from "./mapping.tsx";
import { sampleAt, shapeOfSource } from "./target.ts";

/** What the expressions of a line see, with the first item of the lists that it is in. */
export function useSeenBy(line: Line | undefined, which: "scopes" | "outer"): Seen {
  const { samples, at, flow, seen } = useMapping();
  const editor = useEditor();
  const word = useTypeWord();
  const context = samples[at]?.context ?? samples[0]?.context;
  const scopes = line?.[which];
  return useMemo(() => {
    const inner: Record<string, JsonObject[string]> = { ...context };
    const shapes: Record<string, Shape | undefined> = {};
    let known = true;
    for (const scope of scopes ?? []) {
      const item = scope.root === undefined ? undefined : sampleAt(context ?? {}, scope.root);
      const shown = scope.grouped && item !== undefined ? { key: null, items: [item] } : item;
      const shape = scope.root === undefined ? undefined : shapeOfSource(seen, scope.root);
      const said = scope.grouped ? objectWith({ key: leaf(""), items: listOf(shape) }) : shape;
      known &&= item !== undefined && !scope.grouped && scope.inner;
      if (scope.inner) {
        inner.item = shown;
        inner.index = 1;
        shapes.item = said;
      }
      inner[scope.name] = shown;
      shapes[scope.name] = said;
    }
    const places = placesOf(inner as JsonObject, either(objectWith(shapes), seen), word).sort(
      (a, b) => nearness(a.path) - nearness(b.path),
    );
    return {
      flow,
      context: inner as JsonObject,
      places,
      onLeave: () => editor.settle(),
      still: !known,
    };
  }, [context, scopes, flow, editor, seen, word]);
}

function nearness(path: string): number {
  return path.startsWith("item") || path.startsWith("index") ? 0 : 1;
}
