// What the budgets are measured with: a store of 20,000 runs, a run of 20,000 steps, payloads of
// 10 and 50 MB, flows of 500 and 1,000 steps, a mapping between 10,000 fields, a table of 100,000
// rows. Runs come from a program that writes them as the store does, or through the engine itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { ask, goLive } from "../inside.ts";
import { type Visit, WEFT, type World } from "../world.ts";

export const RUNS = 20_000;
export const STEPS = 20_000;
export const FIELDS = 10_000;
export const ROWS = 100_000;

const ROOT = resolve(import.meta.dirname, "../../..");

/** The runs with inputs of 10 and of 50 MB. */
export interface Filled {
  ten: string;
  fifty: string;
}

/** Writes the runs into a store that no program has open. */
export function fillStore(folder: string): Filled {
  const build = resolve(dirname(WEFT));
  execFileSync(join(ROOT, "tests/bench/filler.sh"), ["api_fill", build], { stdio: "inherit" });
  const fill = join(ROOT, "build-bench/api_fill");
  const made = execFileSync(fill, [join(folder, "weft.db"), String(RUNS), "10", "50"]);
  const [, ten = "", fifty = ""] = made.toString().split(/\s+/);
  return { ten, fifty };
}

const hook = (path: string) => ({
  id: "hook",
  type: "trigger.webhook",
  config: { path, verify: { type: "none" } },
});

/** Steps in seven chains, as wide as they are long. */
export function wideFlow(steps: number): object {
  const nodes: object[] = [hook(`wide-${steps}`)];
  const edges: object[] = [];
  for (let i = 1; i < steps; i++) {
    const from = "=trigger.body.amount * 2";
    const config = {
      fields: [
        { to: "a", from: i },
        { to: "b", from },
      ],
    };
    nodes.push({ id: `s${i}`, type: "transform.map", title: `Step ${i}`, config });
    edges.push({ from: i < 8 ? "hook" : `s${i - 7}`, to: `s${i}` });
  }
  return { flow: { weft: 1, name: `Wide ${steps}`, nodes, edges } };
}

const places = Array.from({ length: 100 }, (_, i) => `group_${i}`);
const fieldsOf = (group: number, of: (j: number) => unknown) =>
  Object.fromEntries(
    Array.from({ length: FIELDS / 100 }, (_, j) => [`field_${group}_${j}`, of(j)]),
  );

/** 10,000 fields on either side, 900 of them mapped. */
function mapping(): { bundle: object; sample: object } {
  const groups = <T>(of: (i: number) => T) =>
    Object.fromEntries(places.map((at, i) => [at, of(i)]));
  const schema = {
    type: "object",
    properties: groups((i) => ({
      type: "object",
      properties: fieldsOf(i, () => ({ type: "string" })),
    })),
  };
  const fields = Array.from({ length: 900 }, (_, n) => {
    const place = `group_${n % 100}.field_${n % 100}_${Math.floor(n / 100)}`;
    return { to: place, from: `=trigger.body.${place}` };
  });
  const entry = { id: "entry", type: "transform.map", config: { fields, schema } };
  const flow = {
    ...{ weft: 1, name: "Many fields" },
    nodes: [hook("fields"), entry],
    edges: [{ from: "hook", to: "entry" }],
  };
  return { bundle: { flow }, sample: groups((i) => fieldsOf(i, (j) => `v${j}`)) };
}

/** A loop over 20,000 lines, of which the last has no price. */
const loop = {
  flow: {
    ...{ weft: 1, name: "Many lines" },
    nodes: [
      hook("lines"),
      {
        id: "each",
        type: "branch.foreach",
        config: {
          items: "=trigger.body",
          body: {
            nodes: [
              {
                id: "price",
                type: "transform.map",
                config: { fields: [{ to: "sum", from: "=item * 2" }] },
              },
            ],
            edges: [],
          },
        },
      },
    ],
    edges: [{ from: "hook", to: "each" }],
  },
};

function table(): object {
  const rows = Object.fromEntries(
    Array.from({ length: ROWS }, (_, i) => [`item ${i}`, `4${String(i % 1000).padStart(3, "0")}`]),
  );
  return {
    flow: { weft: 1, name: "A long table", nodes: [hook("table")], edges: [] },
    lookups: { accounts: { rows } },
  };
}

async function post(screen: Visit, path: string, body: object): Promise<void> {
  const { status, body: answer } = await ask(screen, "POST", path, body);
  assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(answer)}`);
}

async function draft(screen: Visit, flow: string, bundle: object): Promise<void> {
  await post(screen, "/flows", { flow, bundle });
}

/** The run of 20,000 steps, done by the engine; it failed at the last of them. */
async function manySteps(world: World, screen: Visit): Promise<string> {
  await draft(screen, "lines", loop);
  const { tag } = await ask(screen, "GET", "/flows/lines/draft");
  await goLive(screen, "lines", tag);
  const items = [...Array(STEPS - 1).keys(), {}];
  const sent = await fetch(`${world.url}/hooks/main/production/lines`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(items),
  });
  assert.equal(sent.status, 202, await sent.text());
  for (;;) {
    const { body } = await ask(screen, "GET", "/runs?flow=lines&status=failed");
    const [run] = body.items as { run: string }[];
    if (run) return run.run;
  }
}

/** The flows, as somebody would have made them. Gives the run of many steps. */
export async function makeFlows(world: World, screen: Visit): Promise<string> {
  await draft(screen, "wide-500", wideFlow(500));
  await draft(screen, "wide-1000", wideFlow(1000));
  await draft(screen, "table", table());
  const { bundle, sample } = mapping();
  await draft(screen, "fields", bundle);
  await post(screen, "/flows/fields/samples", { sample: "first", input: sample });
  await post(screen, "/flows/wide-500/samples", { sample: "first", input: { amount: 12.5 } });
  return manySteps(world, screen);
}
