/*
 * What the steps of a draft take and give, as far as it is known before anything has run: from the
 * schemas of actions, of triggers and of called flows, from the lines of mappings, the columns of
 * tables. Real samples say more; this is what there is without one.
 */
import type { Catalog } from "./catalog.ts";
import { type Draft, indexOf, type Step, stepOf } from "./flow.ts";
import {
  arrayOf,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
} from "./json.ts";
import { wordsOf } from "./lua.ts";
import { either, leaf, listOf, objectWith, type Shape, shapeAt, shapeOf, typeOf } from "./shape.ts";
import { targetNames } from "./targets.ts";
import { stream } from "./walk.ts";

export interface Known {
  readonly draft: Draft;
  readonly catalog: Catalog;
  readonly called: ReadonlyMap<
    string,
    JsonObject
  > /* by the flow: the settings of its trigger.call */;
}

/** "=trigger.body.lines[1]": ["trigger", "body", "lines", "[]"]; undefined: it is more than a path. */
export function pathIn(value: Json | undefined): string[] | undefined {
  const text = textOf(value);
  const words = text?.startsWith("=") ? wordsOf(text.slice(1)) : [];
  if (words[0]?.kind !== "name") {
    return undefined;
  }
  const out = [words[0].text];
  for (let at = 1; at < words.length; ) {
    const [sign, name, close] = [words[at]?.text, words[at + 1], words[at + 2]?.text];
    if (sign === "." && name?.kind === "name") {
      out.push(name.text);
      at += 2;
    } else if (sign === "[" && name?.kind === "string" && close === "]") {
      out.push(name.text);
      at += 3;
    } else if (sign === "[" && /^\d+$/.test(name?.text ?? "") && close === "]") {
      out.push("[]");
      at += 3;
    } else {
      return undefined;
    }
  }
  return out;
}

/** What a step takes: an action's input, or what the called flow's trigger says. */
export function takenBy({ catalog, called }: Known, step: Step): JsonObject | undefined {
  const type = catalog.byName.get(step.type);
  const config = objectOf(step.node.config);
  const schema =
    step.type === "branch.call"
      ? called.get(textOf(config.flow) ?? "")?.input
      : type?.kind === "connector"
        ? type.action?.input
        : undefined;
  return isObject(schema) ? schema : undefined;
}

/** What a setting that is a schema means: it stands there, is a file's, or an action's input. */
export function schemaMeant(
  { draft, catalog }: Pick<Known, "draft" | "catalog">,
  value: Json | undefined,
): JsonObject | undefined {
  if (isObject(value)) {
    return value;
  }
  const name = textOf(value) ?? "";
  const file = objectOf(draft.schemas)[name];
  const type = catalog.byName.get(name);
  const input = file === undefined && type?.kind === "connector" ? type.action?.input : undefined;
  return isObject(file) ? file : isObject(input) ? input : undefined;
}

const text = leaf("string");
const number = leaf("integer");
const envelope = { body: leaf(""), received_at: text };
/* what is seen as `trigger` besides the body */
const TRIGGERS: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  "trigger.webhook": {
    ...envelope,
    headers: leaf("object"),
    query: leaf("object"),
    method: text,
    path: text,
  },
  "trigger.file": { name: text, size: number, modified: text, body: leaf(""), received_at: text },
  "trigger.schedule": { slot: text, scheduled_at: text, previous: text, received_at: text },
  "trigger.event": {
    ...{ run: text, flow: text, status: text, error: leaf("object"), output: leaf("") },
    ...{ depth: number, received_at: text },
  },
  "trigger.call": { ...envelope, called_by: objectWith({ run: text, step: text, depth: number }) },
};
const OUTPUTS: Readonly<Record<string, Shape>> = {
  "connector.http": objectWith({ status: number, headers: leaf("object"), body: leaf("") }),
  "connector.soap": objectWith({ status: number, headers: leaf("object"), body: leaf("") }),
  "branch.review": objectWith({
    ...{ port: text, by: text, at: text, reason: text, data: leaf("object") },
  }),
  "connector.state": objectWith({
    ...{ found: leaf("boolean"), changed: leaf("boolean"), value: leaf(""), before: leaf("") },
    revision: number,
  }),
};
const SAME = new Set(["branch.switch", "branch.filter", "branch.wait"]); /* the input, unchanged */
const CONVERTED: Readonly<Record<string, string>> = {
  ...{ text: "string", number: "number", decimal: "number", integer: "integer" },
  boolean: "boolean",
};

class Built implements Shape {
  type = "";
  readonly help = undefined;
  readonly members = new Map<string, Shape>();
  item: Shape | undefined;

  /** The place of a target, made on the way. */
  at(to: string): Built {
    return targetNames(to).reduce<Built>((place, { name, list }) => {
      place.type ||= "object";
      const own = place.members.get(name);
      const member = own instanceof Built ? own : new Built();
      place.members.set(name, member);
      return list ? member.items() : member;
    }, this);
  }

  items(): Built {
    const item = this.item instanceof Built ? this.item : new Built();
    this.type = "array";
    this.item = item;
    return item;
  }
}

/** Answers are kept: ask a new one when the draft is another. */
export class Outputs {
  private readonly known: Known;
  private readonly given = new Map<string, Shape | undefined>();
  private readonly seen = new Map<string, Shape>();

  constructor(known: Known) {
    this.known = known;
  }

  /** What a step gives; undefined: that is not known. */
  gives(id: string): Shape | undefined {
    const step = stepOf(this.known.draft, id);
    if (!this.given.has(id) && step !== undefined) {
      this.given.set(id, undefined); /* should it come back to itself */
      this.given.set(id, step.node.disabled === true ? this.input(id) : this.output(step));
    }
    return this.given.get(id);
  }

  /** What an expression of the step sees. */
  context(id: string): Shape {
    const found = this.seen.get(id);
    if (found !== undefined) {
      return found;
    }
    const { draft } = this.known;
    const steps = new Map<string, Shape>();
    const members: Record<string, Shape> = {};
    for (let at: string | null = id; at !== null; at = stepOf(draft, at)?.level ?? null) {
      const own: string = at;
      for (const before of stream(draft, [own], "up").filter((one) => one !== own)) {
        const step = stepOf(draft, before);
        const gives = this.gives(before);
        if (gives === undefined || step === undefined) {
          continue;
        }
        const event = step.type.startsWith("trigger.") ? gives : checkedEvent(step, gives);
        if (event !== undefined) {
          members.trigger = either(members.trigger, event) ?? event;
        }
        if (event !== gives) {
          steps.set(before, gives);
        }
      }
    }
    const input = this.input(id);
    const made = objectWith({
      ...members,
      steps: { type: "object", help: undefined, members: steps, item: undefined },
      ...(input === undefined ? {} : { input }),
    });
    this.seen.set(id, made);
    const item = this.loopItem(id, made);
    const whole = item === undefined ? made : either(made, objectWith({ item, index: number }));
    this.seen.set(id, whole ?? made);
    return whole ?? made;
  }

  private input(id: string): Shape | undefined {
    const [first] = indexOf(this.known.draft).incoming.get(id) ?? [];
    return first === undefined ? undefined : this.gives(first.from);
  }

  /** An element of the list that the loop around the step goes through. */
  private loopItem(id: string, context: Shape): Shape | undefined {
    const { draft } = this.known;
    const loop = stepOf(draft, stepOf(draft, id)?.level ?? undefined);
    if (loop?.type !== "branch.foreach") {
      return undefined;
    }
    const path = pathIn(objectOf(loop.node.config).items) ?? [];
    const list = path[0] === "item" ? shapeAt(this.context(loop.id), path) : shapeAt(context, path);
    return list?.item ?? leaf("");
  }

  private output(step: Step): Shape | undefined {
    const { catalog, called } = this.known;
    const config = objectOf(step.node.config);
    const action = catalog.byName.get(step.type)?.action;
    const output = isObject(action?.output) ? shapeOf(action.output) : undefined;
    if (step.type.startsWith("trigger.")) {
      const body =
        isObject(config.input) && step.type === "trigger.call" ? config.input : undefined;
      const around = TRIGGERS[step.type] ?? envelope;
      const own = body === undefined ? output : shapeOf(body);
      return objectWith(own === undefined ? around : { ...around, body: own });
    }
    if (output !== undefined || SAME.has(step.type)) {
      return output ?? this.input(step.id);
    }
    switch (step.type) {
      case "transform.map":
        return this.mapped(step, config);
      case "transform.validate":
        return schemaShape(this.known, config.schema);
      case "transform.lookup":
        return lookedUp(this.known.draft, config);
      case "transform.csv":
        return config.mode === "write" ? text : rowsRead(config);
      case "branch.foreach":
        return listOf(this.lastOf(step, config));
      case "branch.repeat":
        return this.lastOf(step, config);
      case "branch.call": {
        const gives = called.get(textOf(config.flow) ?? "")?.output;
        return config.mode === "detached"
          ? objectWith({ run: text })
          : isObject(gives)
            ? shapeOf(gives)
            : undefined;
      }
      default:
        return OUTPUTS[step.type];
    }
  }

  /** The result of a body: what it collects, else what its one last step gives. */
  private lastOf(step: Step, config: JsonObject): Shape | undefined {
    const index = indexOf(this.known.draft);
    const level = index.levels.get(step.id)?.steps ?? [];
    const ends = level.filter((one) => (index.outgoing.get(one.id) ?? []).length === 0);
    const [end] = ends;
    if (end === undefined || ends.length > 1) {
      return undefined;
    }
    const path = config.collect === undefined ? undefined : pathIn(config.collect);
    if (config.collect === undefined) {
      return this.gives(end.id);
    }
    return path?.[0] === "steps" && path[1] !== undefined
      ? shapeAt(this.gives(path[1]), path.slice(2))
      : undefined;
  }

  private mapped(step: Step, config: JsonObject): Shape | undefined {
    const own = schemaShape(this.known, config.schema);
    const built = new Built();
    this.fields(step, config.fields, built);
    return either(own, built);
  }

  private fields(step: Step, fields: Json | undefined, into: Built): void {
    for (const field of arrayOf(fields).map(objectOf)) {
      const to = textOf(field.to) ?? "";
      if (to === "") {
        continue;
      }
      const place = into.at(to);
      if (field.each !== undefined && !to.includes("[]")) {
        this.fields(step, field.fields, place.items());
      } else if (field.from !== undefined) {
        this.filled(step, field, place);
      }
    }
  }

  private filled(step: Step, field: JsonObject, place: Built): void {
    const path = pathIn(field.from);
    const source = path === undefined ? undefined : this.sourceAt(step, path);
    const literal = typeof field.from === "string" && field.from.startsWith("=");
    place.type ||=
      CONVERTED[textOf(field.convert) ?? ""] ??
      (literal ? (source?.type ?? "") : typeOf(field.from ?? null));
    for (const [name, member] of source?.members ?? []) {
      place.members.set(name, member);
    }
    place.item ??= source?.item;
  }

  private sourceAt(step: Step, path: readonly string[]): Shape | undefined {
    const [head] = path;
    return head === "item" ? undefined : shapeAt(this.context(step.id), path);
  }
}

/** A check of the event tells what the event is like: its schema, at the place that it looks at. */
function checkedEvent(step: Step, gives: Shape): Shape | undefined {
  const path = step.type === "transform.validate" ? pathIn(objectOf(step.node.config).value) : [];
  if (path?.[0] !== "trigger") {
    return undefined;
  }
  return path
    .slice(1)
    .reduceRight<Shape>(
      (inner, name) => (name === "[]" ? listOf(inner) : objectWith({ [name]: inner })),
      gives,
    );
}

function schemaShape(known: Known, value: Json | undefined): Shape | undefined {
  const schema = schemaMeant(known, value);
  return schema === undefined ? undefined : shapeOf(schema);
}

function lookedUp(draft: Draft, config: JsonObject): Shape | undefined {
  const table = objectOf(objectOf(draft.lookups)[textOf(config.table) ?? ""]);
  if (!isArray(table.columns) || typeof config.column === "string") {
    return undefined;
  }
  const keys = new Set(
    arrayOf(table.keys).flatMap((key) => (isObject(key) ? [key.from, key.to] : [key])),
  );
  const values = table.columns.flatMap((name) => (keys.has(name) ? [] : (textOf(name) ?? [])));
  const rows = arrayOf(table.rows);
  const typed = values.map((name) => {
    const at = arrayOf(table.columns).indexOf(name);
    const cell = rows.map((row) => arrayOf(row)[at] ?? null).find((one) => one !== null);
    return [name, leaf(typeOf(cell ?? null))] as const;
  });
  const [only] = typed;
  return only !== undefined && typed.length === 1 ? only[1] : objectWith(Object.fromEntries(typed));
}

const COLUMN_TYPES: Readonly<Record<string, string>> = {
  ...{ number: "number", integer: "integer", boolean: "boolean" },
};

function rowsRead(config: JsonObject): Shape {
  const columns = arrayOf(config.columns).map((column) => {
    const { name, type } = objectOf(column);
    return [textOf(name) ?? "", leaf(COLUMN_TYPES[textOf(type) ?? ""] ?? "string")] as const;
  });
  const page = config.file === undefined ? {} : { next: leaf(""), last: leaf("boolean") };
  return objectWith({
    ...{
      columns: listOf(text),
      count: number,
      rows: listOf(objectWith(Object.fromEntries(columns))),
    },
    ...page,
  });
}
