// The steps that become a flow of their own: one way in, the ways out, and what reads them. What cannot
// be told for sure is refused.
import { type Catalog, isTrigger } from "../catalog.ts";
import { expressionsOf, rewriteSettings } from "../expressions.ts";
import {
  type Draft,
  type Edge,
  indexOf,
  type Level,
  levelsWithin,
  type Step,
  stepOf,
  takenIds,
} from "../flow.ts";
import { arrayOf, type JsonObject, objectOf, withMember } from "../json.ts";
import { Lift, namedIn, placesIn, says, Unclear } from "../lift.ts";
import { portsOf } from "../ports.ts";
import { stream } from "../walk.ts";
import { freeId, idForTitle } from "./ids.ts";
import { outermost } from "./paste.ts";

export interface ExtractAs {
  readonly flow: string;
  readonly name: string;
  /** Titles of the steps that are added. */
  readonly titles: Readonly<Record<"called" | "received" | "result" | "handed" | "way", string>>;
}

export interface Way {
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

export class Part {
  readonly draft: Draft;
  readonly catalog: Catalog;
  readonly level: Level;
  readonly steps: readonly Step[] /* on the level, in the order of the file */;
  readonly ids: ReadonlySet<string>;
  readonly entry: Step;
  readonly into: readonly Edge[];
  readonly ways: readonly Way[];
  readonly loose: readonly { step: Step; port: string }[];
  readonly lift: Lift;
  readonly call: string;
  readonly taken: Set<string>;

  constructor(draft: Draft, catalog: Catalog, chosen: readonly string[], name: string) {
    const index = indexOf(draft);
    const set = new Set(outermost(draft, chosen));
    const first = [...index.steps.values()].find((step) => set.has(step.id));
    const level = first && index.levels.get(first.level);
    if (first === undefined || level === undefined) {
      throw new Unclear("canvas.not.chosen", undefined);
    }
    this.draft = draft;
    this.catalog = catalog;
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
    this.call = this.fresh(idForTitle(name, this.taken) ?? "part");
  }

  /** With all that is inside of them. */
  all(): Step[] {
    return this.steps.flatMap((step) => [
      step,
      ...levelsWithin(this.draft, step.id).flatMap((level) => level.steps),
    ]);
  }

  fresh(wanted: string): string {
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

  ports(step: Step): string[] {
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

  /** Whether any step of the selection stands behind this one. */
  follows(id: string): boolean {
    return (indexOf(this.draft).outgoing.get(id) ?? []).some((edge) => this.ids.has(edge.to));
  }

  /** The node as it stands in the called flow, with what is inside of it. */
  moved(step: Step): JsonObject {
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
  takes(step: Step): boolean {
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

  receives(): boolean {
    return this.into.length > 0 && this.takes(this.entry);
  }

  /* ---- What is read of them outside */

  /** Their ids, and those that are read; a reader that may read any of them is refused. */
  readOutside(): Set<string> {
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
  onLevel(step: Step): Step | undefined {
    let at: Step | undefined = step;
    while (at !== undefined && at.level !== this.level.id) {
      at = stepOf(this.draft, at.level);
    }
    return at;
  }
}
