/*
 * Expressions that go to another flow: what they read from where they stood, and the same read there
 * from what the call brings. Words are read as the program reads them (lua.ts); what cannot be told
 * from the text alone (all steps at once, a variable of the same name) is refused with its place.
 */
import type { Catalog } from "./catalog.ts";
import { expressionsOf, rewriteNode } from "./expressions.ts";
import { type Draft, type LevelId, type Step, stepOf } from "./flow.ts";
import { arrayOf, isArray, isObject, type Json, type JsonObject, objectOf } from "./json.ts";
import { declares, type Read, readsOf, stepNames, wordsOf } from "./lua.ts";
import type { Path } from "./pointer.ts";

/** Why it cannot be, of which step. */
export class Unclear extends Error {
  readonly id: string;
  readonly values: Readonly<Record<string, string>>;

  constructor(id: string, step: Step | undefined, what = "") {
    super(id);
    this.id = id;
    this.values = { name: step?.title ?? "", what };
  }
}

/** What the called flow is given under one name. */
export interface Given {
  readonly name: string;
  readonly source: string /* what the caller reads: "steps.entry", "vars" */;
  whole: boolean;
  readonly members: Set<string>;
}

const SEEN = ["steps", "trigger", "vars", "run", "now", "effect_at"];
const LOOP = ["item", "index", "previous"];
/* their lines have an item of their own, which the text alone does not tell from the loop's */
const OWN_ITEMS = new Set(
  "aggregate match reconcile xml csv fixed template".split(" ").map((name) => `transform.${name}`),
);

function textsIn(value: Json | undefined): string[] {
  return typeof value === "string"
    ? [value]
    : isArray(value)
      ? value.flatMap(textsIn)
      : isObject(value)
        ? Object.values(value).flatMap(textsIn)
        : [];
}

/** The places {{ }} of templates within the step's settings. */
export function placesIn(step: Step): string[] {
  const { body, ...config } = objectOf(step.node.config);
  const texts = textsIn(step.body ? config : { ...config, body: body ?? null });
  return texts.flatMap((text) =>
    [...text.matchAll(/\{\{(.*?)\}\}/gs)].map((found) => found[1] ?? ""),
  );
}

/** The text with each piece put in the place of what was there. */
function put(text: string, edits: readonly { from: number; to: number; text: string }[]): string {
  return edits.reduceRight(
    (out, one) => out.slice(0, one.from) + one.text + out.slice(one.to),
    text,
  );
}

export class Lift {
  readonly given = new Map<string, Given>();
  private readonly draft: Draft;
  private readonly catalog: Catalog;
  private readonly level: LevelId;
  private readonly inner: ReadonlySet<string>;
  private readonly names: ReadonlySet<string>;

  constructor(draft: Draft, catalog: Catalog, level: LevelId, inner: ReadonlySet<string>) {
    this.draft = draft;
    this.catalog = catalog;
    this.level = level;
    this.inner = inner;
    this.names = new Set(level === null ? SEEN : [...SEEN, ...LOOP]);
  }

  /** The step as it stands in the called flow. */
  node(step: Step): JsonObject {
    for (const place of placesIn(step)) {
      if (wordsOf(place).some((word) => word.kind === "name" && this.lifted(word.text))) {
        throw new Unclear("canvas.not.extractTemplate", step);
      }
    }
    return rewriteNode(step, this.catalog, (path, text) => this.text(step, path, text));
  }

  private lifted(name: string): boolean {
    return this.names.has(name) || name === "input";
  }

  private text(step: Step, path: Path, text: string): string {
    const reads = readsOf(text, this.names);
    const words = wordsOf(text);
    const edits = reads.flatMap((read) => {
      if (LOOP.includes(read.name) && this.ownItem(step, path, read.name)) {
        return [];
      }
      if (read.assigned || declares(words, read.name)) {
        throw new Unclear("canvas.not.extractOwnName", step, read.name);
      }
      const one = this.read(step, read, text);
      return one === undefined ? [] : [one];
    });
    return put(text, edits);
  }

  private read(
    step: Step,
    read: Read,
    text: string,
  ): Parameters<typeof put>[1][number] | undefined {
    const { name, path, ends, from } = read;
    const [first] = path;
    if (name === "effect_at") {
      throw new Unclear("canvas.not.extractMoment", step, name);
    }
    if (name === "now") {
      const call = /^\s*\(\s*\)/.exec(text.slice(read.to));
      if (call === null) {
        throw new Unclear("canvas.not.extractMoment", step, name);
      }
      const at = `date.parse(trigger.body.${this.give("run", "run", "received_at")}.received_at)`;
      return { from, to: read.to + call[0].length, text: at };
    }
    if (name === "steps") {
      if (first === undefined) {
        throw new Unclear("canvas.not.extractAllSteps", step);
      }
      return this.inner.has(first)
        ? undefined
        : { from, to: ends[0] ?? 0, text: this.there(`steps.${first}`, first, path[1]) };
    }
    if (name === "trigger" && first === "body") {
      return { from, to: ends[0] ?? 0, text: this.there("trigger.body", "event", path[1]) };
    }
    return { from, to: read.to, text: this.there(name, name, first) };
  }

  private there(source: string, wanted: string, member: string | undefined): string {
    return `trigger.body.${this.give(source, wanted, member)}`;
  }

  /** Under which name the called flow has it. */
  give(source: string, wanted: string, member?: string): string {
    const known = this.given.get(source);
    if (known !== undefined) {
      known.whole ||= member === undefined;
      if (member !== undefined) {
        known.members.add(member);
      }
      return known.name;
    }
    const taken = new Set([...this.given.values()].map((one) => one.name));
    let name = wanted;
    for (let i = 2; taken.has(name); i++) {
      name = `${wanted}_${i}`;
    }
    const members = new Set(member === undefined ? [] : [member]);
    this.given.set(source, { name, source, whole: member === undefined, members });
    return name;
  }

  /** Whether `item` there is not the one of the loop that the step is taken out of. */
  private ownItem(step: Step, path: Path, name: string): boolean {
    const unclear = new Unclear("canvas.not.extractItem", step, name);
    const loop = step.level === this.level ? step : stepOf(this.draft, step.level);
    if (loop !== step || (loop.body && path[1] !== "items")) {
      const own = loop?.type === "branch.foreach" ? name !== "previous" : name !== "item";
      if (!own) {
        throw unclear;
      }
      return true;
    }
    if (OWN_ITEMS.has(step.type)) {
      throw unclear;
    }
    const line = objectOf(arrayOf(objectOf(step.node.config).fields)[Number(path[2])]);
    const own = step.type === "transform.map" && line.each !== undefined && path[3] !== "each";
    if (own && name === "previous") {
      throw unclear;
    }
    return own;
  }
}

/** Whether anything of the step says `name`. */
export function says(step: Step, catalog: Catalog, name: string): boolean {
  const texts = [...expressionsOf(step, catalog).map((one) => one.text), ...placesIn(step)];
  return texts.some((text) => readsOf(text, new Set([name])).length > 0);
}

/** Which of the steps a text names; undefined: it may name any. */
export function namedIn(text: string): string[] | undefined {
  const reads = readsOf(text, new Set(["steps", "effect_at"]));
  return reads.length === stepNames(text).length
    ? reads.map((read) => read.path[0] ?? "")
    : undefined;
}
