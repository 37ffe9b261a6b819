// The flow that calls: the call in the place of the steps, and a filter for each way that may not be taken.
import { rewriteNode, rewriteSettings } from "../expressions.ts";
import { changeLevel, type Draft, indexOf, type Step, stepOf } from "../flow.ts";
import { isObject, type Json, type JsonObject, objectOf, withMember } from "../json.ts";
import {
  CARD_WIDTH,
  COLUMN_GAP,
  geometryOf,
  type Point,
  withAllPlaces,
  withNames,
  withPlaces,
} from "../layout.ts";
import type { Given } from "../lift.ts";
import { isLuaWord, readsOf } from "../lua.ts";
import { edgeObject } from "./connect.ts";
import type { ExtractAs, Part, Way } from "./extract_part.ts";

export class Caller {
  private readonly part: Part;
  private readonly as: ExtractAs;

  constructor(part: Part, as: ExtractAs) {
    this.part = part;
    this.as = as;
  }

  /** Where a path leads to without the selection. */
  private besides(): Set<string> {
    const { incoming, outgoing } = indexOf(this.part.draft);
    const outer = this.part.level.steps.filter((step) => !this.part.ids.has(step.id));
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
        if (!this.part.ids.has(id)) {
          return out;
        }
        const whole = `steps.${this.part.call}`;
        const member = isLuaWord(id) ? `['${id}']` : `.${id}`;
        const place = id === plain ? whole : `${sure ? whole : `(${whole} or {})`}${member}`;
        return out.slice(0, from) + place + out.slice(ends[0]);
      }, text);
    const within = new Set(this.part.all().map((step) => step.id));
    let next = this.part.draft;
    for (const step of indexOf(this.part.draft).steps.values()) {
      const here = this.part.onLevel(step);
      const sure = here !== undefined && !besides.has(here.id);
      const now = stepOf(next, step.id);
      if (!within.has(step.id) && now !== undefined) {
        const node = rewriteNode(now, this.part.catalog, (_path, text) => rewrite(text, sure));
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

  draft(
    plain: string | undefined,
    record: Set<string> | undefined,
  ): { draft: Draft; ways: ReadonlyMap<Way, string> } {
    const base = withAllPlaces(this.outside(plain), this.part.level.id);
    const added: JsonObject[] = [];
    const wires: JsonObject[] = [];
    const marks = new Map<Way, string>();
    const exits = new Map<Way, string>();
    const { titles } = this.as;
    const script = (id: string, from: string): string => {
      record?.add(from);
      const own = this.part.fresh(`${id}_result`);
      const source = `return steps.${this.part.call}${isLuaWord(from) ? `['${from}']` : `.${from}`}`;
      added.push({ id: own, type: "transform.script", title: titles.handed, config: { source } });
      return own;
    };
    let from = this.part.call;
    const [single] = this.part.ways;
    const end = (single ?? this.part.loose[0])?.step;
    const one = new Set([...this.part.ways, ...this.part.loose].map((way) => way.step)).size === 1;
    const targetsTake = (way: Way): boolean =>
      way.edges.some((edge) => this.part.takes(stepOf(this.part.draft, edge.to) as Step));
    if (record !== undefined && one && end !== undefined) {
      if (this.part.loose.length > 0 || this.part.ways.some(targetsTake)) {
        from = script(this.part.call, end.id);
        wires.push(edgeObject(this.part.call, "out", from));
      }
    }
    for (const way of this.part.ways) {
      let exit = from;
      if (record !== undefined && (!one || this.part.ports(way.step).length > 1)) {
        const gate = this.part.fresh(
          `${this.part.call}_${way.port === "out" ? way.step.id : way.port.replaceAll("-", "_")}`,
        );
        const mark = this.mark(way, record, marks);
        added.push({
          ...{
            id: gate,
            type: "branch.filter",
            title: `${titles.way} ${way.step.title}: ${way.port}`,
          },
          config: { when: `=steps.${this.part.call}.${mark}` },
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
    if (this.part.ports(way.step).length === 1) {
      record.add(way.step.id);
      return `${way.step.id} ~= nil`;
    }
    const id = this.part.fresh(`way_${way.step.id}_${way.port.replaceAll("-", "_")}`);
    marks.set(way, id);
    return id;
  }

  private wired(
    base: Draft,
    added: readonly JsonObject[],
    wires: readonly JsonObject[],
    exits: ReadonlyMap<Way, string>,
  ): Draft {
    const join = this.part.into.length > 0 ? this.part.entry.node.join : undefined;
    const call: JsonObject = {
      ...{ id: this.part.call, type: "branch.call", title: this.as.name },
      ...(join === undefined ? {} : { join }),
      config: { flow: this.as.flow, input: this.input() },
    };
    const own = new Map<Json, JsonObject>();
    for (const edge of this.part.into) {
      own.set(edge.edge, { ...edge.edge, to: this.part.call });
    }
    for (const [way, exit] of exits) {
      for (const edge of way.edges) {
        own.set(edge.edge, { ...withMember(edge.edge, "port", undefined), from: exit });
      }
    }
    const geometry = geometryOf(base);
    const at = geometry.get(this.part.entry.id) ?? { x: 0, y: 0 };
    const inside = new Set<Json>(
      this.part.level.edges
        .filter((edge) => this.part.ids.has(edge.from) && this.part.ids.has(edge.to))
        .map((edge) => edge.edge),
    );
    const gone = new Set<string>();
    for (const step of this.part.all()) {
      gone.add(step.id);
    }
    let next = changeLevel(base, this.part.level.id, (nodes, edges) => ({
      nodes: nodes.flatMap((node) => {
        const id = String(objectOf(node).id);
        return id === this.part.entry.id ? [call, ...added] : this.part.ids.has(id) ? [] : [node];
      }),
      edges: [
        ...edges.flatMap((edge) => (inside.has(edge) ? [] : [own.get(edge) ?? edge])),
        ...wires,
      ],
    }));
    next = withNames(next, new Map([...gone].map((id) => [id, undefined])));
    const places = new Map<string, Point>([[this.part.call, { x: at.x, y: at.y }]]);
    added.forEach((node, i) => {
      places.set(String(node.id), { x: at.x + (i + 1) * (CARD_WIDTH + COLUMN_GAP), y: at.y });
    });
    return withPlaces(next, places);
  }

  /** What the call hands over: of what is an object, the members that are read. */
  private input(): JsonObject {
    const out: Record<string, Json> = {};
    for (const given of this.part.lift.given.values()) {
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
}
