// The budgets of rules, over the real program: a rule that needs more gets it from its flow or from an administrator,
// while the program works; nobody gets more than an administrator allows.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard, type Said } from "./desk.ts";
import { type Server, World } from "./world.ts";

const counts = "local n = 0 for i = 1, 3000000 do n = n + 1 end return { n = n }"; // some 6 million instructions
const flow = (path: string, settings: Said = {}): Said => ({ weft: 1, name: path, settings, nodes: [
  { id: "hook", type: "trigger.webhook", config: { path, respond: "result", verify: { type: "none" } } },
  { id: "count", type: "transform.script", config: { source: counts } },
  { id: "answer", type: "connector.respond", config: { body: "=steps.count" } }],
edges: [{ from: "hook", to: "count" }, { from: "count", to: "answer" }] });
const asking = (instructions: number): Said => ({ budget: { instructions } });

describe("budgets of rules", () => {
  const world = new World();
  const desk = new Desk(world);
  let server: Server;
  before(async () => {
    world.flow("plain", flow("plain"));
    server = await world.serve();
    await set({ rule_ms: 10_000 }); // time is not what is tested
  });
  after(async () => { await world.end(); });

  async function set(settings: Said): Promise<Heard> {
    const heard = await desk.ask("PATCH", "/settings", settings, (await desk.get("/settings")).etag);
    assert.equal(heard.status, 200, heard.text);
    return heard;
  }
  async function send(path: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(server.hook(path), { method: "POST", body: "{}", headers });
    return `${answer.status} ${await answer.text()}`;
  }
  async function error(path: string): Promise<string> {
    assert.match(await send(path), /^5/);
    const runs = (await desk.get(`/runs?flow=${path}&status=failed&limit=1`)).body.items ?? [];
    return (await desk.get(`/runs/${String(runs[0]?.run)}`)).text;
  }

  it("the error says which one, where it is raised and how far, and the setting works at once", async () => {
    const text = await error("plain");
    assert.match(text, /the budget of instructions \(5000000\) is used up; raise it by settings\.budget\.instructions/);
    assert.match(text, /to at most 20000000 \(the setting rule_instructions_most, an administrator's\)/);
    await set({ rule_instructions: 15_000_000 });
    assert.equal(await send("plain"), '200 {"n":3000000}');
    await set({ rule_instructions: null });
    assert.match(await error("plain"), /\(5000000\) is used up/);
  });

  it("a flow asks for its own, up to what is allowed: more is refused when it is kept", async () => {
    const kept = await desk.post("/flows", { flow: "asks", bundle: { flow: flow("asks", asking(30_000_000)) } });
    assert.equal(kept.status, 201, kept.text);
    const said = (await desk.post("/flows/asks/draft/validate", {})).body;
    assert.equal(said.valid, false);
    const fault = said.faults?.find((one) => one.pointer === "/settings/budget/instructions");
    assert.match(JSON.stringify(fault), /30000000 is more than a flow may ask for here, 20000000: ask for no more, or/);
    assert.match(JSON.stringify(fault), /have an administrator raise the setting rule_instructions_most/);
    assert.equal((await desk.post("/flows/asks/versions", {}, kept.etag)).status, 422);
    await set({ rule_instructions_most: 30_000_000 });
    const published = await desk.post("/flows/asks/versions", {}, kept.etag);
    assert.equal(published.status, 201, published.text);
    const deployed = await desk.post("/flows/asks/deployments", { version: "1", environment: "production" });
    assert.equal(deployed.status, 201, deployed.text);
    assert.equal(await send("asks"), '200 {"n":3000000}');
    await set({ rule_instructions_most: 5_500_000 }); // taken back: the version that is live has what is left
    assert.match(await error("asks"),
      /\(5500000\) is used up; it is all that the setting rule_instructions_most allows/);
    assert.equal((await desk.post("/flows/asks/deployments", { version: "1", environment: "production" })).status, 422);
    await set({ rule_instructions_most: null });
  });

  it("beyond all bounds nothing is asked for or set", async () => {
    const bundle = { flow: flow("asks", asking(600_000_000)) };
    const said = (await desk.post("/flows/asks/draft/validate", { bundle })).body;
    assert.match(JSON.stringify(said.faults), /500000000/);
    const etag = (await desk.get("/settings")).etag;
    for (const wrong of [{ rule_instructions_most: 600_000_000 }, { rule_ms: 0 }, { rule_memory_mib_most: 512 }])
      assert.equal((await desk.ask("PATCH", "/settings", wrong, etag)).status, 422, JSON.stringify(wrong));
  });

  it("what is evaluated in the editor and tests of rules have the budgets of their flow", async () => {
    const evaluate = async (more: Said = {}): Promise<string> =>
      (await desk.post("/eval", { kind: "script", source: counts, ...more })).text;
    assert.match(await evaluate(), /\(5000000\) is used up/);
    assert.match(await evaluate({ flow: "asks" }), /3000000/);
    const rules = { many: `return { of = function() ${counts} end }` };
    const tests = { "rules/many": [{ name: "counted", function: "of", input: {}, expected: { n: 3_000_000 } }] };
    for (const [settings, failed] of [[{}, 1], [asking(15_000_000), 0]] as const) {
      const bundle = { flow: { ...flow("tested"), settings }, rules, tests };
      const run = await desk.post("/flows/asks/draft/tests/run", { bundle });
      assert.deepEqual([run.status, run.body.failed], [200, failed], run.text);
    }
  });

  it("weft check and weft test know the program's limits", () => {
    const folder = world.flow("greedy", flow("greedy", asking(30_000_000)));
    const refused = world.command(["check", folder]);
    assert.equal(refused.code, 2);
    assert.match(refused.stdout,
      /flow\.json:\d+:\d+: \/settings\/budget\/instructions: 30000000 is more than a flow may ask for here, 20000000/);
    const env = { WEFT_RULES_INSTRUCTIONS_MOST: "30000000" };
    assert.equal(world.command(["check", folder], { env }).code, 0);
    const run = world.command(["run", folder], { env: { ...env, WEFT_RULES_MS_MOST: "10000" }, input: "{}" });
    assert.equal(run.code, 0, run.stderr);
    const wrong = world.command(["check", folder], { env: { WEFT_RULES_MS_MOST: "1 s" } });
    assert.match(wrong.stderr, /rules\.ms_most \(WEFT_RULES_MS_MOST\) is a whole number from 20 to 10000, not "1 s"/);
  });
});
