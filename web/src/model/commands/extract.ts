/*
 * Steps become a flow of their own, which the flow calls in their place.
 *
 * It is done only where both together do exactly what was done before; what cannot be told for sure
 * is refused, with the step and the reason. One step is entered from outside. The ways out:
 *
 *   plain    there is one, it is always taken, and nothing but its step is read behind it: the call's
 *            output is that step's
 *   record   the called flow ends with a step that gives what is read, and which ways were taken; in
 *            the caller a filter stands for each way that may not be taken, and a script gives what
 *            the step before gave
 */
import { type Catalog, isTrigger } from "../catalog.ts";
import { expressionsOf, rewriteNode, rewriteSettings } from "../expressions.ts";
import {
  changeLevel,
  type Draft,
  draftOf,
  type Edge,
  indexOf,
  type Level,
  levelsWithin,
  type Step,
  stepOf,
  takenIds,
} from "../flow.ts";
import type { Command } from "../history.ts";
import {
  arrayOf,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  withMember,
  writeJson,
} from "../json.ts";
import {
  CARD_WIDTH,
  COLUMN_GAP,
  geometryOf,
  layoutOf,
  type Point,
  withAllPlaces,
  withNames,
  withPlaces,
} from "../layout.ts";
import { type Given, Lift, namedIn, placesIn, says, Unclear } from "../lift.ts";
import { isLuaWord, readsOf, wordsOf } from "../lua.ts";
import { portsOf } from "../ports.ts";
import { stream } from "../walk.ts";
import { edgeObject } from "./connect.ts";
import { freeId, idForTitle } from "./ids.ts";
import { did, type Refusal, refuse } from "./outcome.ts";
import { outermost } from "./paste.ts";

export interface Extracted {
  readonly command: Command;
  readonly called: Draft;
}

export interface ExtractAs {
  readonly flow: string;
  readonly name: string;
  /** Titles of the steps that are added. */
  readonly titles: Readonly<Record<"called" | "received" | "result" | "handed" | "way", string>>;
}

interface Way {
  readonly step: Step;
  readonly port: string;
  readonly edges: readonly Edge[];
}

const PASSES = new Set(["branch.filter", "branch.switch", "branch.wait"]);
const OWN_INPUT: Readonly<Record<string, string>> = {
  "transform.validate": "value",
  "transform.script": "source",
  "branch.review": "data",
  "branch.signal": "body",
  "branch.call": "input",
  "connector.respond": "body",
};

export function extract(
  draft: Draft,
  catalog: Catalog,
  ids: readonly string[],
  as: ExtractAs,
): Extracted | Refusal {
  try {
    return new Extraction(draft, catalog, ids, as).done();
  } catch (cause) {
    if (cause instanceof Unclear) {
      return refuse(cause.id, cause.values);
    }
    throw cause;
  }
}

class Extraction {
  private readonly draft: Draft;
  private readonly catalog: Catalog;
  private readonly as: ExtractAs;
  private readonly level: Level;
  private readonly steps: readonly Step[] /* on the level, in the order of the file */;
  private readonly ids: ReadonlySet<string>;
  private readonly entry: Step;
  private readonly into: readonly Edge[];
  private readonly ways: readonly Way[];
  private readonly loose: readonly { step: Step; port: string }[];
  private readonly lift: Lift;
  private readonly call: string;
  private readonly taken: Set<string>;

  constructor(draft: Draft, catalog: Catalog, chosen: readonly string[], as: ExtractAs) {
    const index = indexOf(draft);
    const set = new Set(outermost(draft, chosen));
    const first = [...index.steps.values()].find((step) => set.has(step.id));
    const level = first && index.levels.get(first.level);
    if (first === undefined || level === undefined) {
      throw new Unclear("canvas.not.chosen", undefined);
    }
    this.draft = draft;
    this.catalog = catalog;
    this.as = as;
    this.level = level;
    this.steps = level.steps.filter((step) => set.has(step.id));
    this.ids = set;
    if (this.steps.length < set.size) {
      throw new Unclear("canvas.not.extractLevels", first);
    }
    this.checkTypes();
    this.checkLoops();
    this.into = level.edges.filter((edge) => !set.has(edge.from) && set.has(edge.to));
    this.entry = this.findEntry();
    const { ways, loose } = this.findWays();
    this.ways = ways;
    this.loose = loose;
    const inner = new Set(this.all().map((step) => step.id));
    this.lift = new Lift(draft, catalog, level.id, inner);
    this.taken = takenIds(draft);
    this.call = this.fresh(idForTitle(as.name, this.taken) ?? "part");
  }

  /** With all that is inside of them. */
  private all(): Step[] {
    return this.steps.flatMap((step) => [
      step,
      ...levelsWithin(this.draft, step.id).flatMap((level) => level.steps),
    ]);
  }

  private fresh(wanted: string): string {
    const id = freeId(wanted, this.taken);
    this.taken.add(id);
    return id;
  }

  private checkTypes(): void {
    const collects = objectOf(this.draft.flow.settings).failure === "collect";
    for (const step of this.all()) {
      const config = objectOf(step.node.config);
      if (isTrigger(step.type)) {
        throw new Unclear("canvas.not.extractTrigger", step);
      }
      if (step.type === "connector.respond") {
        throw new Unclear("canvas.not.extractAnswer", step);
      }
      if (step.type === "branch.stop" && (config.succeed !== false || collects)) {
        throw new Unclear("canvas.not.extractStop", step);
      }
      if (step.type === "transform.anomaly" && config.at === undefined) {
        throw new Unclear("canvas.not.extractMoment", step, "now");
      }
      if (config.four_eyes_above !== undefined) {
        throw new Unclear("canvas.not.extractMoney", step);
      }
    }
  }

  /** Who collects the failures of a loop reads of each in which step it was. */
  private checkLoops(): void {
    for (
      let at = stepOf(this.draft, this.level.id);
      at !== undefined;
      at = stepOf(this.draft, at.level)
    ) {
      if (objectOf(at.node.config).errors === "collect") {
        throw new Unclear("canvas.not.extractErrors", at);
      }
    }
  }

  private findEntry(): Step {
    const { incoming } = indexOf(this.draft);
    const entries = this.steps.filter((step) => {
      const edges = incoming.get(step.id) ?? [];
      return edges.length === 0 || edges.some((edge) => !this.ids.has(edge.from));
    });
    const [entry, second] = entries;
    if (entry === undefined || second !== undefined) {
      throw new Unclear("canvas.not.extractEntries", entry, second?.title);
    }
    if ((incoming.get(entry.id) ?? []).some((edge) => this.ids.has(edge.from))) {
      throw new Unclear("canvas.not.extractEntries", entry, entry.title);
    }
    return entry;
  }

  private ports(step: Step): string[] {
    const outgoing = indexOf(this.draft).outgoing.get(step.id) ?? [];
    return portsOf(step, this.catalog.byName.get(step.type), outgoing).map((port) => port.name);
  }

  private findWays(): { ways: Way[]; loose: { step: Step; port: string }[] } {
    const ways: Way[] = [];
    const loose: { step: Step; port: string }[] = [];
    for (const step of this.steps) {
      const outgoing = indexOf(this.draft).outgoing.get(step.id) ?? [];
      for (const port of this.ports(step)) {
        const edges = outgoing.filter((edge) => edge.port === port);
        const out = edges.filter((edge) => !this.ids.has(edge.to));
        if (out.length > 0) {
          ways.push({ step, port, edges: out });
        } else if (edges.length === 0) {
          loose.push({ step, port });
        }
      }
    }
    return { ways, loose };
  }

  done(): Extracted {
    const read = this.readOutside();
    const ends = new Set([...this.ways, ...this.loose].map((one) => one.step.id));
    const [only] = ends;
    const plain =
      (this.ways.length === 0 && read.size === 0) ||
      (ends.size === 1 &&
        [...read].every((id) => id === only) &&
        !this.follows(only ?? "") &&
        (this.ways.length === 0 || this.ports(this.ways[0]?.step as Step).length === 1));
    if (!plain && ends.size > 1 && this.loose.length > 0) {
      throw new Unclear("canvas.not.extractEnds", this.loose[0]?.step);
    }
    const nodes = this.steps.map((step) => this.moved(step));
    const received = this.receives();
    if (received) {
      this.lift.give("input", "input");
    }
    const record = plain ? undefined : new Set(read);
    const { draft, ways } = this.caller(plain ? (only ?? "") : undefined, record);
    const called = this.called(nodes, received, record, ways);
    const values = { count: this.steps.length, name: this.as.name };
    return { command: did("extract", draft, { values, select: [this.call] }), called };
  }

  /** Whether any step of the selection stands behind this one. */
  private follows(id: string): boolean {
    return (indexOf(this.draft).outgoing.get(id) ?? []).some((edge) => this.ids.has(edge.to));
  }

  /** The node as it stands in the called flow, with what is inside of it. */
  private moved(step: Step): JsonObject {
    const node = this.lift.node(step);
    const own =
      step === this.entry && this.into.length > 0 ? withMember(node, "join", undefined) : node;
    if (!step.body) {
      return own;
    }
    const config = objectOf(own.config);
    const body = objectOf(config.body);
    const index = indexOf(this.draft);
    const inside = index.levels.get(step.id)?.steps ?? [];
    const nodes = arrayOf(body.nodes).map((inner) => {
      const found = inside.find((one) => one.node === inner);
      return found === undefined ? inner : this.moved(found);
    });
    return { ...own, config: { ...config, body: { ...body, nodes } } };
  }

  /** Whether the step takes what the one before it gave. */
  private takes(step: Step): boolean {
    const own = OWN_INPUT[step.type];
    return (
      step.node.disabled === true ||
      PASSES.has(step.type) ||
      (own !== undefined && objectOf(step.node.config)[own] === undefined) ||
      [step, ...levelsWithin(this.draft, step.id).flatMap((level) => level.steps)].some((one) =>
        says(one, this.catalog, "input"),
      )
    );
  }

  private receives(): boolean {
    return this.into.length > 0 && this.takes(this.entry);
  }

  /* ---- What is read of them outside */

  /** Their ids, and those that are read; a reader that may read any of them is refused. */
  private readOutside(): Set<string> {
    const read = new Set<string>();
    const within = new Set(this.all().map((step) => step.id));
    const sees = new Set(stream(this.draft, [...this.ids], "down"));
    const look = (step: Step | undefined, texts: readonly string[], seen: boolean): void => {
      for (const text of texts) {
        const named = namedIn(text);
        if (named === undefined && seen) {
          const id = step === undefined ? "canvas.not.extractTotals" : "canvas.not.extractReader";
          throw new Unclear(id, step);
        }
        for (const id of named ?? []) {
          if (this.ids.has(id)) {
            read.add(id);
          }
        }
      }
    };
    for (const step of indexOf(this.draft).steps.values()) {
      if (within.has(step.id)) {
        continue;
      }
      const here = this.onLevel(step);
      const seen = step.id === this.level.id || (here !== undefined && sees.has(here.id));
      look(
        step,
        expressionsOf(step, this.catalog).map((one) => one.text),
        seen,
      );
      if (
        placesIn(step).some((text) =>
          (namedIn(text) ?? [...this.ids]).some((id) => this.ids.has(id)),
        )
      ) {
        throw new Unclear("canvas.not.extractReader", step);
      }
    }
    const settings: string[] = [];
    rewriteSettings(objectOf(this.draft.flow.settings), (_path, text) => {
      settings.push(text);
      return text;
    });
    look(undefined, settings, this.level.id === null);
    return read;
  }

  /** The step of the selection's level that it is, or stands within. */
  private onLevel(step: Step): Step | undefined {
    let at: Step | undefined = step;
    while (at !== undefined && at.level !== this.level.id) {
      at = stepOf(this.draft, at.level);
    }
    return at;
  }

  /** Where a path leads to without the selection. */
  private besides(): Set<string> {
    const { incoming, outgoing } = indexOf(this.draft);
    const outer = this.level.steps.filter((step) => !this.ids.has(step.id));
    const open = outer.filter((step) => (incoming.get(step.id) ?? []).length === 0);
    const out = new Set<string>();
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (!out.has(step.id)) {
        out.add(step.id);
        for (const { to } of outgoing.get(step.id) ?? []) {
          open.push(...outer.filter((one) => one.id === to));
        }
      }
    }
    return out;
  }

  private outside(plain: string | undefined): Draft {
    const besides = this.besides();
    const rewrite = (text: string, sure: boolean): string =>
      readsOf(text, new Set(["steps"])).reduceRight((out, { path, ends, from }) => {
        const id = path[0] ?? "";
        if (!this.ids.has(id)) {
          return out;
        }
        const whole = `steps.${this.call}`;
        const member = isLuaWord(id) ? `['${id}']` : `.${id}`;
        const place = id === plain ? whole : `${sure ? whole : `(${whole} or {})`}${member}`;
        return out.slice(0, from) + place + out.slice(ends[0]);
      }, text);
    const within = new Set(this.all().map((step) => step.id));
    let next = this.draft;
    for (const step of indexOf(this.draft).steps.values()) {
      const here = this.onLevel(step);
      const sure = here !== undefined && !besides.has(here.id);
      const now = stepOf(next, step.id);
      if (!within.has(step.id) && now !== undefined) {
        const node = rewriteNode(now, this.catalog, (_path, text) => rewrite(text, sure));
        next = changeLevel(next, step.level, (all) => ({
          nodes: all.map((one) => (one === now.node ? node : one)),
        }));
      }
    }
    const settings = next.flow.settings;
    if (!isObject(settings)) {
      return next;
    }
    const changed = rewriteSettings(settings, (_path, text) => rewrite(text, false));
    return { ...next, flow: withMember(next.flow, "settings", changed) };
  }

  /* ---- The caller */

  private caller(
    plain: string | undefined,
    record: Set<string> | undefined,
  ): { draft: Draft; ways: ReadonlyMap<Way, string> } {
    const base = withAllPlaces(this.outside(plain), this.level.id);
    const added: JsonObject[] = [];
    const wires: JsonObject[] = [];
    const marks = new Map<Way, string>();
    const exits = new Map<Way, string>();
    const { titles } = this.as;
    const script = (id: string, from: string): string => {
      record?.add(from);
      const own = this.fresh(`${id}_result`);
      const source = `return steps.${this.call}${isLuaWord(from) ? `['${from}']` : `.${from}`}`;
      added.push({ id: own, type: "transform.script", title: titles.handed, config: { source } });
      return own;
    };
    let from = this.call;
    const [single] = this.ways;
    const end = (single ?? this.loose[0])?.step;
    const one = new Set([...this.ways, ...this.loose].map((way) => way.step)).size === 1;
    const targetsTake = (way: Way): boolean =>
      way.edges.some((edge) => this.takes(stepOf(this.draft, edge.to) as Step));
    if (record !== undefined && one && end !== undefined) {
      if (this.loose.length > 0 || this.ways.some(targetsTake)) {
        from = script(this.call, end.id);
        wires.push(edgeObject(this.call, "out", from));
      }
    }
    for (const way of this.ways) {
      let exit = from;
      if (record !== undefined && (!one || this.ports(way.step).length > 1)) {
        const gate = this.fresh(
          `${this.call}_${way.port === "out" ? way.step.id : way.port.replaceAll("-", "_")}`,
        );
        const mark = this.mark(way, record, marks);
        added.push({
          ...{
            id: gate,
            type: "branch.filter",
            title: `${titles.way} ${way.step.title}: ${way.port}`,
          },
          config: { when: `=steps.${this.call}.${mark}` },
        });
        wires.push(edgeObject(exit, "out", gate));
        exit = gate;
        if (!one && targetsTake(way)) {
          exit = script(gate, way.step.id);
          wires.push(edgeObject(gate, "out", exit));
        }
      }
      exits.set(way, exit);
    }
    return { draft: this.wired(base, added, wires, exits), ways: marks };
  }

  /** The condition under which a way was taken, as a member of what the call gives. */
  private mark(way: Way, record: Set<string>, marks: Map<Way, string>): string {
    if (this.ports(way.step).length === 1) {
      record.add(way.step.id);
      return `${way.step.id} ~= nil`;
    }
    const id = this.fresh(`way_${way.step.id}_${way.port.replaceAll("-", "_")}`);
    marks.set(way, id);
    return id;
  }

  private wired(
    base: Draft,
    added: readonly JsonObject[],
    wires: readonly JsonObject[],
    exits: ReadonlyMap<Way, string>,
  ): Draft {
    const join = this.into.length > 0 ? this.entry.node.join : undefined;
    const call: JsonObject = {
      ...{ id: this.call, type: "branch.call", title: this.as.name },
      ...(join === undefined ? {} : { join }),
      config: { flow: this.as.flow, input: this.input() },
    };
    const own = new Map<Json, JsonObject>();
    for (const edge of this.into) {
      own.set(edge.edge, { ...edge.edge, to: this.call });
    }
    for (const [way, exit] of exits) {
      for (const edge of way.edges) {
        own.set(edge.edge, { ...withMember(edge.edge, "port", undefined), from: exit });
      }
    }
    const geometry = geometryOf(base);
    const at = geometry.get(this.entry.id) ?? { x: 0, y: 0 };
    const inside = new Set<Json>(
      this.level.edges
        .filter((edge) => this.ids.has(edge.from) && this.ids.has(edge.to))
        .map((edge) => edge.edge),
    );
    const gone = new Set<string>();
    for (const step of this.all()) {
      gone.add(step.id);
    }
    let next = changeLevel(base, this.level.id, (nodes, edges) => ({
      nodes: nodes.flatMap((node) => {
        const id = String(objectOf(node).id);
        return id === this.entry.id ? [call, ...added] : this.ids.has(id) ? [] : [node];
      }),
      edges: [
        ...edges.flatMap((edge) => (inside.has(edge) ? [] : [own.get(edge) ?? edge])),
        ...wires,
      ],
    }));
    next = withNames(next, new Map([...gone].map((id) => [id, undefined])));
    const places = new Map<string, Point>([[this.call, { x: at.x, y: at.y }]]);
    added.forEach((node, i) => {
      places.set(String(node.id), { x: at.x + (i + 1) * (CARD_WIDTH + COLUMN_GAP), y: at.y });
    });
    return withPlaces(next, places);
  }

  /** What the call hands over: of what is an object, the members that are read. */
  private input(): JsonObject {
    const out: Record<string, Json> = {};
    for (const given of this.lift.given.values()) {
      out[given.name] = this.handed(given);
    }
    return out;
  }

  private handed({ source, whole, members }: Given): Json {
    if (whole) {
      return `=${source}`;
    }
    const list = [...members];
    const at = (name: string): string =>
      /^[A-Za-z_]\w*$/.test(name) && !isLuaWord(name)
        ? `${source}.${name}`
        : `${source}['${name}']`;
    if (source === "vars" || source === "run") {
      return Object.fromEntries(list.map((name) => [name, `=${at(name)}`]));
    }
    const key = (name: string): string => `['${name}'] = ${at(name)}`;
    return `=type(${source}) == 'table' and { ${list.map(key).join(", ")} } or ${source}`;
  }

  /* ---- The called flow */

  private called(
    nodes: readonly JsonObject[],
    received: boolean,
    record: ReadonlySet<string> | undefined,
    marks: ReadonlyMap<Way, string>,
  ): Draft {
    const { titles, name } = this.as;
    const begin = this.fresh("called");
    const all: JsonObject[] = [];
    const edges: JsonObject[] = [];
    let first = begin;
    if (received) {
      first = this.fresh("received");
      const config = { source: `return trigger.body.${this.lift.give("input", "input")}` };
      all.push({ id: first, type: "transform.script", title: titles.received, config });
      edges.push(edgeObject(begin, "out", first));
    }
    edges.push(edgeObject(first, "out", this.entry.id));
    all.push(...nodes);
    edges.push(
      ...this.level.edges
        .filter((edge) => this.ids.has(edge.from) && this.ids.has(edge.to))
        .map((edge) => edge.edge),
    );
    if (record !== undefined) {
      const end = this.fresh("result");
      const fields: JsonObject[] = [...record].map((id) => ({
        to: id,
        from: isLuaWord(id) ? `=steps['${id}']` : `=steps.${id}`,
      }));
      for (const way of this.ways) {
        const mark = marks.get(way);
        if (mark === undefined) {
          edges.push(edgeObject(way.step.id, way.port, end));
          continue;
        }
        const config = { source: "return true" };
        all.push({
          id: mark,
          type: "transform.script",
          title: `${titles.way} ${way.port}`,
          config,
        });
        edges.push(edgeObject(way.step.id, way.port, mark), edgeObject(mark, "out", end));
        fields.push({ to: mark, from: `=steps.${mark}` });
      }
      edges.push(...this.loose.map((one) => edgeObject(one.step.id, one.port, end)));
      all.push({ id: end, type: "transform.map", title: titles.result, config: { fields } });
    }
    const output =
      record === undefined ? {} : { output: this.gives([...record, ...marks.values()]) };
    const config = { input: this.schema(), ...output };
    all.unshift({ id: begin, type: "trigger.call", title: titles.called, config });
    const settings = objectOf(this.draft.flow.settings);
    const kept = Object.fromEntries(
      ["retention", "budget", "failure"].flatMap((one) =>
        settings[one] === undefined ? [] : [[one, settings[one]]],
      ),
    ) as JsonObject;
    const flow: JsonObject = {
      ...{ weft: 1, name },
      ...(Object.keys(kept).length === 0 ? {} : { settings: kept }),
      ...{ nodes: all, edges },
    };
    return draftOf({
      flow,
      ...this.parts(flow),
      layout: this.layout(begin, received ? first : undefined),
    });
  }

  private gives(names: readonly string[]): JsonObject {
    return { type: "object", properties: Object.fromEntries(names.map((name) => [name, {}])) };
  }

  private schema(): JsonObject {
    const properties: Record<string, Json> = {};
    for (const { name, source, whole, members } of this.lift.given.values()) {
      const description = whole ? source : [...members].map((one) => `${source}.${one}`).join(", ");
      const fixed = source === "vars" || source === "run";
      properties[name] = {
        description,
        ...(fixed && !whole ? this.gives([...members]) : {}),
      };
    }
    return { type: "object", properties };
  }

  /** Rules, tables and the other files that are named in it, and in these in turn. */
  private parts(flow: JsonObject): JsonObject {
    const parts = ["rules", "lookups", "schemas", "wsdl"] as const;
    const kept: Record<string, Record<string, Json>> = Object.fromEntries(
      parts.map((part) => [part, {}]),
    );
    const computed = /require\s*\(?\s*(?:[^\s('"]|['"]rules\.['"])/;
    const names = (text: string, name: string): boolean =>
      new RegExp(`(?:["']|\\brules\\.)${name}(?:\\.\\w+)?\\\\?["':]`).test(text);
    let text = writeJson(flow);
    for (let more = true; more; ) {
      more = false;
      for (const part of parts) {
        for (const [name, value] of Object.entries(objectOf(this.draft[part]))) {
          const mine = kept[part] ?? {};
          if (
            value !== undefined &&
            !(name in mine) &&
            (names(text, name) || computed.test(text))
          ) {
            mine[name] = value;
            text += writeJson(value);
            more = true;
            this.checkPart(part, name, value);
          }
        }
      }
    }
    const tests = Object.entries(objectOf(this.draft.tests)).filter(
      ([name]) => kept.rules?.[name] !== undefined || kept.lookups?.[name] !== undefined,
    );
    const out = Object.entries(kept).filter(([, value]) => Object.keys(value).length > 0);
    const { connections } = this.draft;
    return Object.fromEntries([
      ...out,
      ...(tests.length === 0 ? [] : [["tests", Object.fromEntries(tests)]]),
      ...(connections === undefined ? [] : [["connections", connections]]),
    ]) as JsonObject;
  }

  /** The called run has a moment of its own: what asks for it would be answered otherwise. */
  private checkPart(part: string, name: string, value: Json): void {
    const asks =
      typeof value === "string" &&
      wordsOf(value).some(
        (word) => word.kind === "name" && ["now", "effect_at"].includes(word.text),
      );
    if ((part === "rules" && asks) || (part === "lookups" && objectOf(value).valid !== undefined)) {
      throw new Unclear("canvas.not.extractRule", undefined, name);
    }
  }

  private layout(begin: string, received: string | undefined): JsonObject {
    const geometry = geometryOf(this.draft);
    const at = geometry.get(this.entry.id) ?? { x: 0, y: 0 };
    const before = [begin, ...(received === undefined ? [] : [received])];
    const old = objectOf(layoutOf(this.draft).steps);
    const steps: Record<string, Json> = {};
    for (const step of this.all()) {
      if (old[step.id] !== undefined) {
        steps[step.id] = old[step.id] as Json;
      }
    }
    const shift = before.length * (CARD_WIDTH + COLUMN_GAP);
    for (const { id } of this.steps) {
      const box = geometry.get(id) ?? at;
      steps[id] = { ...objectOf(old[id]), x: box.x - at.x + shift, y: box.y - at.y };
    }
    before.forEach((id, i) => {
      steps[id] = { x: i * (CARD_WIDTH + COLUMN_GAP), y: 0 };
    });
    return { steps };
  }
}
