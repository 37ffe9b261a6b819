// Steps that become a flow of their own, against the real program: whatever selection of a template the model takes
// out, the program finds no fault in either flow, and both together do with its events what the flow did alone.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { catalogOf, type NodeType } from "../../web/src/model/catalog.ts";
import { type Extracted, extract } from "../../web/src/model/commands/extract.ts";
import { type Draft, draftOf, indexOf } from "../../web/src/model/flow.ts";
import { Desk, type Said } from "./desk.ts";
import { templates, World } from "./world.ts";
import { readJson } from "../systems/lib/json.ts";

const world = new World();
const desk = new Desk(world);
let catalog = catalogOf([]);
before(async () => {
  await world.serve();
  catalog = catalogOf((await desk.get("/catalog/nodes")).body.items as unknown as NodeType[]);
});
after(async () => { await world.end(); });

interface Sample {
  input?: unknown;
  trigger?: string;
  now?: string | undefined;
  state?: unknown;
  before?: unknown;
  answers?: Record<string, unknown>;
}
interface Row {
  step: string;
  status: string;
  output?: unknown;
  requests?: Said[];
  waits?: unknown;
}
interface Ran {
  status: string;
  output?: unknown;
  error?: { kind: string };
  steps: Row[];
}

const titles = { called: "Called", received: "Received", result: "Result", handed: "Handed on", way: "Way out" };
const as = { flow: "part-of-it", name: "Part of it", titles };

function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Some steps that hang together, of one level. */
function chosen(draft: Draft, next: (below: number) => number): string[] {
  const index = indexOf(draft);
  const levels = [...index.levels.values()].filter((level) => level.steps.length > 1);
  const level = levels[next(levels.length)];
  const set = new Set([level?.steps[next(level.steps.length)]?.id ?? ""]);
  const size = 1 + next(6);
  for (let i = 0; i < 20 && set.size < size; i++) {
    const near = (level?.edges ?? []).filter((edge) => set.has(edge.from) !== set.has(edge.to));
    const edge = near[next(near.length)];
    if (edge !== undefined) set.add(set.has(edge.from) ? edge.to : edge.from);
  }
  return [...set];
}

async function run(flow: string, draft: Draft, sample: Sample): Promise<Ran> {
  const { input, trigger, now = "2026-01-15T12:00:00Z", state, answers } = sample;
  const heard = await desk.post(`/flows/${flow}/test`, { bundle: draft, input, trigger, now, state, answers });
  assert.equal(heard.status, 200, heard.text);
  assert.notEqual(heard.body.status, "invalid", heard.text);
  return readJson(heard.text) as unknown as Ran;
}

/** What who calls the flow is given: the output of the step that ended last. */
const outputOf = (ran: Ran): unknown =>
  ran.output ?? ran.steps.findLast((row) => !row.step.includes("/"))?.output ?? null;

const requests = (rows: readonly Row[]): string[] => rows.flatMap((row) =>
  (row.requests ?? []).filter((one) => one.method !== "CALL" || one.path !== as.flow)
    // a key of an effect is made from its run and step
    .map((one) => JSON.stringify({ ...one, step: row.step.split("/").at(-1), key: undefined })
      .replaceAll(/[0-9a-f]{20,}/g, "KEY"))).sort();

/** What is answered to the steps that stand there, by their names in the called flow. */
function answersBelow(there: string, answers: Record<string, unknown>): Record<string, unknown> {
  const every = there.replaceAll(/\[\d+\]/g, "[]");
  return Object.fromEntries(Object.entries(answers).flatMap(([step, answer]) => {
    const prefix = [there, every].find((one) => step.startsWith(one));
    return prefix === undefined ? [] : [[step.slice(prefix.length), answer]];
  }));
}

/** The caller with the called flow: each call is answered by what the called flow makes of it. */
async function together(flow: string, made: Extracted, sample: Sample): Promise<{ caller: Ran; inner: Ran[] }> {
  const call = made.command.select?.[0] ?? "";
  const answers: Record<string, unknown> = { ...sample.answers };
  const inner: Ran[] = [];
  for (;;) {
    const caller = await run(flow, made.command.draft, { ...sample, answers });
    const open = caller.steps.find((row) => row.step.split("/").at(-1) === call && answers[row.step] === undefined);
    const asked = open?.requests?.[0];
    if (open === undefined || asked === undefined) return { caller, inner };
    const own = answersBelow(open.step.slice(0, -call.length), sample.answers ?? {});
    const { now, state } = sample;
    const ran = await run(flow, made.called, { now, state, input: asked.body, answers: own });
    inner.push(ran);
    if (ran.status === "waiting") return { caller, inner };
    answers[open.step] = ran.status === "succeeded" ? { output: outputOf(ran) }
      : { error: { kind: ran.error?.kind ?? "invalid", text: "it failed" } };
  }
}

function alike(before: Ran, after: { caller: Ran; inner: Ran[] }, made: Extracted): void {
  const waiting = after.inner.find((one) => one.status === "waiting");
  const { caller } = after;
  if (waiting !== undefined) {
    assert.equal(before.status, "waiting");
    return;
  }
  const [status, why] = [before.status, JSON.stringify([caller.error, ...after.inner.map((one) => one.error)])];
  assert.equal(caller.status, status, `${caller.status}, not ${status}: ${why}`);
  if (before.status === "succeeded") assert.deepEqual(outputOf(caller), outputOf(before));
  const stays = indexOf(made.command.draft).steps;
  const old = new Map(before.steps.map((row) => [row.step, row]));
  for (const row of caller.steps) {
    const was = old.get(row.step);
    if (was !== undefined && stays.has(row.step.split("/").at(-1) ?? "")) {
      assert.deepEqual([row.status, row.output], [was.status, was.output], row.step);
    }
  }
  assert.deepEqual(requests([...caller.steps, ...after.inner.flatMap((one) => one.steps)]), requests(before.steps));
}

const flows = readdirSync(templates).filter((name) => existsSync(join(templates, name, "tests"))).sort();

describe("steps that become a flow of their own", () => {
  const told = new Map<string, number>();
  let done = 0;
  for (const name of flows) {
    it(name, async () => {
      if ((await desk.get(`/flows/${name}/draft`)).status === 404) { // not yet there as a part of another one
        const made = await desk.post(`/templates/${name}/instantiate`, { flow: name, name });
        assert.equal(made.status, 201, made.text);
      }
      // without the places of its systems, which nobody has named yet
      const { bundle } = (await desk.get(`/flows/${name}/draft`)).body;
      const { flow, rules, lookups, schemas, wsdl, tests } = bundle as Said;
      const draft = draftOf(JSON.parse(JSON.stringify({ flow, rules, lookups, schemas, wsdl, tests })) as never);
      const samples = readdirSync(join(templates, name, "tests")).sort()
        .map((file) => readJson(readFileSync(join(templates, name, "tests", file), "utf8")) as unknown as Sample)
        .filter((sample) => sample.before === undefined).slice(0, 4);
      for (let seed = 1; seed <= Number(process.env.SEEDS ?? 6); seed++) {
        const ids = chosen(draft, random(seed * 7919 + name.length));
        const out = extract(draft, catalog, ids, as);
        const reason = "refused" in out ? out.refused.id : "done";
        told.set(reason, (told.get(reason) ?? 0) + 1);
        if ("refused" in out) continue;
        done++;
        const where = `${name} ${ids.join(" ")}`;
        for (const bundle of [out.command.draft, out.called]) {
          const heard = await desk.post(`/flows/${name}/draft/validate`, { bundle });
          const faults = (heard.body.faults ?? []).filter((one) => one.warning !== true);
          assert.deepEqual(faults, [], `${where}\n${JSON.stringify(bundle.flow, undefined, 1)}`);
        }
        for (const [i, sample] of samples.entries()) {
          try {
            alike(await run(name, draft, sample), await together(name, out, sample), out);
          } catch (error) {
            const shown = JSON.stringify(out.called.flow, undefined, 1);
            throw new Error(`${where} sample ${i}: ${(error as Error).message}\n${shown}`);
          }
        }
      }
    });
  }
  it("most of what hangs together can be taken out", () => {
    if (process.env.TELL !== undefined) console.log(Object.fromEntries(told));
    assert.ok(done > 15, JSON.stringify(Object.fromEntries(told)));
  });
});
