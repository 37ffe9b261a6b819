// The flow that is called: what it is given, the steps, and what it gives.
import { type Draft, draftOf } from "../flow.ts";
import { type Json, type JsonObject, objectOf, writeJson } from "../json.ts";
import { CARD_WIDTH, COLUMN_GAP, geometryOf, layoutOf } from "../layout.ts";
import { Unclear } from "../lift.ts";
import { isLuaWord, wordsOf } from "../lua.ts";
import { edgeObject } from "./connect.ts";
import type { ExtractAs, Part, Way } from "./extract_part.ts";

export class Called {
  private readonly part: Part;
  private readonly as: ExtractAs;

  constructor(part: Part, as: ExtractAs) {
    this.part = part;
    this.as = as;
  }

  draft(
    nodes: readonly JsonObject[],
    received: boolean,
    record: ReadonlySet<string> | undefined,
    marks: ReadonlyMap<Way, string>,
  ): Draft {
    const { titles, name } = this.as;
    const begin = this.part.fresh("called");
    const all: JsonObject[] = [];
    const edges: JsonObject[] = [];
    let first = begin;
    if (received) {
      first = this.part.fresh("received");
      const config = { source: `return trigger.body.${this.part.lift.give("input", "input")}` };
      all.push({ id: first, type: "transform.script", title: titles.received, config });
      edges.push(edgeObject(begin, "out", first));
    }
    edges.push(edgeObject(first, "out", this.part.entry.id));
    all.push(...nodes);
    edges.push(
      ...this.part.level.edges
        .filter((edge) => this.part.ids.has(edge.from) && this.part.ids.has(edge.to))
        .map((edge) => edge.edge),
    );
    if (record !== undefined) {
      const end = this.part.fresh("result");
      const fields: JsonObject[] = [...record].map((id) => ({
        to: id,
        from: isLuaWord(id) ? `=steps['${id}']` : `=steps.${id}`,
      }));
      for (const way of this.part.ways) {
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
      edges.push(...this.part.loose.map((one) => edgeObject(one.step.id, one.port, end)));
      all.push({ id: end, type: "transform.map", title: titles.result, config: { fields } });
    }
    const output =
      record === undefined ? {} : { output: this.gives([...record, ...marks.values()]) };
    const config = { input: this.schema(), ...output };
    all.unshift({ id: begin, type: "trigger.call", title: titles.called, config });
    const settings = objectOf(this.part.draft.flow.settings);
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
    for (const { name, source, whole, members } of this.part.lift.given.values()) {
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
        for (const [name, value] of Object.entries(objectOf(this.part.draft[part]))) {
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
    const tests = Object.entries(objectOf(this.part.draft.tests)).filter(
      ([name]) => kept.rules?.[name] !== undefined || kept.lookups?.[name] !== undefined,
    );
    const out = Object.entries(kept).filter(([, value]) => Object.keys(value).length > 0);
    const { connections } = this.part.draft;
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
    const geometry = geometryOf(this.part.draft);
    const at = geometry.get(this.part.entry.id) ?? { x: 0, y: 0 };
    const before = [begin, ...(received === undefined ? [] : [received])];
    const old = objectOf(layoutOf(this.part.draft).steps);
    const steps: Record<string, Json> = {};
    for (const step of this.part.all()) {
      if (old[step.id] !== undefined) {
        steps[step.id] = old[step.id] as Json;
      }
    }
    const shift = before.length * (CARD_WIDTH + COLUMN_GAP);
    for (const { id } of this.part.steps) {
      const box = geometry.get(id) ?? at;
      steps[id] = { ...objectOf(old[id]), x: box.x - at.x + shift, y: box.y - at.y };
    }
    before.forEach((id, i) => {
      steps[id] = { x: i * (CARD_WIDTH + COLUMN_GAP), y: 0 };
    });
    return { steps };
  }
}
