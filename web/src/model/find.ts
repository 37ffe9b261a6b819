/* Search in the flow: names, ids, types, settings, expressions, Lua; and replacing in them. */
import type { Catalog } from "./catalog.ts";
import { type Draft, indexOf, type Step } from "./flow.ts";
import { isArray, isNumber, isObject, type Json } from "./json.ts";
import { notesOf } from "./layout.ts";
import { type Path, pointerOf } from "./pointer.ts";

export interface Hit {
  readonly key: string;
  readonly step?: string;
  readonly note?: string;
  readonly path: Path /* within the step */;
  readonly text: string;
  readonly from: number /* of the match within the text */;
  readonly to: number;
}

const MOST = 500;

export function findIn(draft: Draft, catalog: Catalog, query: string): Hit[] {
  const wanted = query.trim().toLowerCase();
  const out: Hit[] = [];
  if (wanted === "") {
    return out;
  }
  for (const step of indexOf(draft).steps.values()) {
    const type = catalog.byName.get(step.type);
    if (type !== undefined && step.node.title === undefined) {
      look(out, wanted, { step: step.id }, ["type"], type.title);
    }
    lookInside(out, wanted, step, step.node, []);
    if (out.length >= MOST) {
      return out.slice(0, MOST);
    }
  }
  for (const note of notesOf(draft)) {
    look(out, wanted, { note: note.id }, ["text"], note.text);
  }
  return out;
}

function look(
  out: Hit[],
  wanted: string,
  where: { step?: string; note?: string },
  path: Path,
  text: string,
): void {
  const from = text.toLowerCase().indexOf(wanted);
  if (from >= 0) {
    const key = `${where.step ?? `note ${where.note}`}${pointerOf(path)}`;
    out.push({ ...where, key, path, text, from, to: from + wanted.length });
  }
}

function lookInside(out: Hit[], wanted: string, step: Step, value: Json, path: Path): void {
  if (typeof value === "string") {
    look(out, wanted, { step: step.id }, path, value);
  } else if (isNumber(value)) {
    look(out, wanted, { step: step.id }, path, String(value));
  } else if (isArray(value)) {
    value.forEach((item, i) => {
      lookInside(out, wanted, step, item, [...path, i]);
    });
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      const inner = path.length === 1 && path[0] === "config" && name === "body" && step.body;
      if (item !== undefined && !inner && name !== "ui") {
        lookInside(out, wanted, step, item, [...path, name]);
      }
    }
  }
}
