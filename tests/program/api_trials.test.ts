// Trying before it counts, against the real program: expressions, mappings, rehearsals with simulated connectors,
// samples and pins, templates; nothing leaves, and no run is left.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Desk, type Heard, type Said } from "./desk.ts";
import { templates, World } from "./world.ts";

const world = new World();
const desk = new Desk(world);
before(async () => { await world.serve(); });
after(async () => { await world.end(); });

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}

const flow = { weft: 1, name: "Payments", vars: { factor: 3 },
  nodes: [
    { id: "begin", type: "trigger.manual" },
    { id: "entry", type: "transform.map", config: { fields: [
      { to: "amount", from: "=trigger.body.amount * 1.10" }, { to: "id", from: "=trigger.body.id" }] } },
    { id: "post", type: "connector.http", connection: "bank",
      config: { method: "POST", path: "/entries", body: "=steps.entry" } },
    { id: "told", type: "transform.map", config: { fields: [{ to: "status", from: "=steps.post.status" }] } }],
  edges: [{ from: "begin", to: "entry" }, { from: "entry", to: "post" }, { from: "post", to: "told" }] };
const connections = { weft: 1, connections: { bank: { connector: "http", base_url: "https://bank.example",
  auth: { type: "bearer", secret: "key" }, secrets: { key: { vault: "bank_key" } } } } };

describe("evaluating", () => {
  const evaluate = (kind: string, source: unknown, context: object = {}): Promise<Heard> =>
    desk.post("/eval", { kind, source, context });

  it("gives the runtime's own values, digit for digit, and what was read", async () => {
    const heard = await desk.ask("POST", "/eval",
      { kind: "expression", source: "trigger.body.n * decimal('1.10')", context: { trigger: { body: { n: 2 } } } });
    assert.match(is(heard, 200).text, /"value":2\.20/);
    assert.deepEqual(heard.body.reads, ["trigger.body.n"]);
    assert.equal(is(await evaluate("expression", "=trigger.x", { trigger: {} }), 200).body.type, "nil");
    assert.equal((await evaluate("condition", "item.n > 1", { item: { n: 2 } })).body.value, true);
    assert.deepEqual((await evaluate("template", { a: ["=1 + 1", "b"] })).body.value, { a: [2, "b"] });
    const script = await evaluate("script", "return { n = steps.a.n }", { steps: { a: { n: 4 } } });
    assert.deepEqual(script.body.value, { n: 4 });
  });

  it("says where in the source it is wrong", async () => {
    const said = is(await evaluate("expression", "1 + trigger.body.amout", { trigger: { body: { amount: 1 } } }), 200);
    const error = said.body.error as { msg: string; from: number; to: number };
    assert.match(error.msg, /do you mean 'amount'/);
    assert.equal("1 + trigger.body.amout".slice(error.from, error.to), "trigger.body.amout");
  });

  it("a rule that never ends holds up neither its batch nor anybody else", async () => {
    const items = [{ kind: "expression", source: "1" }, { kind: "script", source: "while true do end" },
      { kind: "expression", source: "2" }];
    const batch = desk.post("/eval/batch", { items });
    is(await desk.get("/flows"), 200);
    const results = is(await batch, 200).body.items ?? [];
    assert.deepEqual(results.map((each) => each.type), ["integer", "error", "integer"]);
    assert.match(JSON.stringify(results[1]), /budget/);
  });

  it("compiles a module without running it", async () => {
    const good = await desk.post("/lua/check", { kind: "module", source: "return { f = function() end }", name: "m" });
    assert.equal(is(good, 200).body.valid, true);
    const bad = is(await desk.post("/lua/check", { kind: "module", source: "local a =\nreturn {}", name: "m" }), 200);
    const fault = bad.body.faults?.[0];
    assert.deepEqual([bad.body.valid, fault?.file, fault?.line], [false, "rules/m.lua", 2]);
  });
});

describe("rehearsing", () => {
  before(async () => { is(await desk.post("/flows", { flow: "payments", bundle: { flow, connections } }), 201); });

  it("gives each step's input and output, and what would have left", async () => {
    const run = is(await desk.post("/flows/payments/test", { input: { id: "P-1", amount: 10 },
      answers: { post: { output: { status: 201, body: {} } } } }), 200).body;
    assert.equal(run.status, "succeeded");
    const post = run.steps?.find((step) => step.step === "post") ?? {};
    assert.deepEqual(post.input, { amount: 11, id: "P-1" });
    assert.deepEqual((post.requests as Said[]).map((each) => [each.method, each.path]), [["POST", "/entries"]]);
    assert.deepEqual(run.steps?.at(-1)?.output, { status: 201 });
    assert.deepEqual(await world.runs(), []);
  });

  it("a failure that the systems are told to have is the run's", async () => {
    const run = is(await desk.post("/flows/payments/test", { input: { id: "P-1", amount: 10 },
      answers: { post: { error: { kind: "invalid", text: "no such account" } } } }), 200).body;
    assert.equal(run.status, "failed");
    assert.match(JSON.stringify(run.error), /no such account/);
  });

  it("finds the state that is given, and takes an answer in place of a person's", async () => {
    const bundle = { flow: { weft: 1, name: "Ask", nodes: [{ id: "begin", type: "trigger.manual" },
      { id: "had", type: "connector.state", config: { action: "add", space: "s", key: "k" } },
      { id: "ask", type: "branch.review", config: { title: "='N ' .. steps.had.value", ports: [{ port: "yes" }] } }],
    edges: [{ from: "begin", to: "had" }, { from: "had", to: "ask" }] } };
    const test = async (more: object): Promise<Said> =>
      is(await desk.post("/flows/payments/test", { bundle, input: {}, ...more }), 200).body;
    assert.equal((await test({})).status, "waiting");
    const run = await test({ state: { s: { k: 41 } }, answers: { ask: { output: { port: "yes", by: "Ada" } } } });
    assert.equal(run.status, "succeeded");
    const outputs = (run.steps as { output: Said }[]).map((each) => each.output);
    assert.deepEqual([outputs[0]?.value, outputs[1]?.by], [42, "Ada"]);
    is(await desk.post("/flows/payments/test", { bundle, state: { s: 5 } }), 422);
  });

  it("up to a step, only a step, with pins in place of steps", async () => {
    const until = is(await desk.post("/flows/payments/test", { input: { id: "P-1", amount: 1 }, until: "entry" }), 200);
    assert.deepEqual(until.body.steps?.map((step) => step.step), ["entry"]);
    is(await desk.ask("PUT", "/flows/payments/pins/post", { output: { status: 299 } }), 200);
    const only = is(await desk.post("/flows/payments/test", { input: {}, only: "told" }), 200);
    assert.deepEqual(only.body.steps?.find((step) => step.step === "told")?.output, { status: 299 });
    is(await desk.ask("PUT", "/flows/payments/pins/nobody", { output: 1 }), 404);
    is(await desk.post("/flows/payments/test", { only: "nobody" }), 404);
    is(await desk.ask("DELETE", "/flows/payments/pins/post"), 204);
  });

  it("faults of the draft are told in the place of a run", async () => {
    const bundle = { flow: { ...flow, nodes: flow.nodes.slice(0, 2), edges: [{ from: "begin", to: "nobody" }] } };
    const said = is(await desk.post("/flows/payments/test", { bundle }), 200);
    assert.equal(said.body.status, "invalid");
    assert.ok((said.body.faults?.length ?? 0) > 0);
  });

  it("a step's context has the names it can see and values by a sample", async () => {
    is(await desk.post("/flows/payments/samples", { sample: "first", input: { id: "P-7", amount: 2 } }), 201);
    is(await desk.post("/flows/payments/samples", { sample: "first", input: {} }), 409);
    const seen = is(await desk.get("/flows/payments/context/post?sample=first"), 200).body;
    assert.deepEqual((seen.names as string[]).filter((name) => name.startsWith("steps.")), ["steps.entry"]);
    const values = seen.values as { steps: Said; input: Said; vars: Said };
    assert.deepEqual([values.steps.entry, values.input.id, values.vars],
      [{ amount: 2.2, id: "P-7" }, "P-7", { factor: 3 }]);
    const source = "trigger.body.id .. '/' .. vars.factor";
    const value = is(await desk.post("/eval",
      { kind: "expression", source, flow: "payments", step: "post", sample: "first" }), 200);
    assert.equal(value.body.value, "P-7/3");
    is(await desk.get("/flows/payments/context/nobody"), 404);
    is(await desk.ask("DELETE", "/flows/payments/samples/first"), 204);
    is(await desk.get("/flows/payments/samples/first"), 404);
  });
});

describe("mappings", () => {
  const samples = [{ trigger: { body: { id: 1, name: "a" } } }, { trigger: { body: { id: 2, name: null } } }];

  it("one wrong field hides no other, and every sample has its own values", async () => {
    const config = { fields: [{ to: "id", from: "=trigger.body.id" },
      { to: "who.name", from: "=text.upper(trigger.body.name)" }] };
    const rows = is(await desk.post("/mappings/preview", { config, samples }), 200).body.samples ?? [];
    assert.deepEqual(rows[0]?.output, { id: 1, who: { name: "A" } });
    assert.equal(rows[1]?.output, undefined);
    assert.deepEqual(rows[1]?.targets?.map((target) => [target.to, target.value, target.error !== undefined]),
      [["id", 2, false], ["who", undefined, true]]);
  });

  it("a name with a dot, quotes or a backslash has its value", async () => {
    const names = ["a\\.b", "it's", "q\"t", "x\\y", "c\\\\.d", "~1/x"];
    const config = { fields: names.map((to) => ({ to, from: "=trigger.body.id" })) };
    const [row] = is(await desk.post("/mappings/preview", { config, samples }), 200).body.samples ?? [];
    assert.deepEqual(row?.output, { "a.b": 1, "it's": 1, "q\"t": 1, "x\\y": 1, "c\\.d": 1, "~1/x": 1 });
    assert.deepEqual(row.targets?.map((target) => [target.to, target.value]), names.map((name) => [name, 1]));
  });

  it("a field that does not compile leaves the others their values", async () => {
    const config = { fields: [{ to: "id", from: "=trigger.body.id" }, { to: "bad", from: "=1 +" }] };
    const said = is(await desk.post("/mappings/preview", { config, samples }), 200).body;
    assert.ok((said.faults?.length ?? 0) > 0);
    const targets = said.samples?.[0]?.targets?.map((target) => [target.to, target.value]);
    assert.deepEqual(targets, [["id", 1], ["bad", undefined]]);
  });

  it("what is missing and what would lose something is told before it runs", async () => {
    const schema = { type: "object", required: ["id", "total"],
      properties: { id: { type: "integer" }, total: { type: "number" } } };
    const said = is(await desk.post("/mappings/check",
      { config: { schema, fields: [{ to: "id", from: "=trigger.body.id / 3" }] } }), 200).body;
    assert.match(JSON.stringify(said.faults), /total.{1,4} is required/);
    assert.match(JSON.stringify(said.targets), /fraction/);
  });

  it("suggestions have a score and a reason", async () => {
    const target = { type: "object", properties: { CustID: { type: "string", maxLength: 15 } } };
    const said = is(await desk.post("/mappings/suggest",
      { target, sources: [{ trigger: { body: { customerId: "C-1", amount: 1 } } }] }), 200).body;
    assert.deepEqual([said.items?.[0]?.to, said.items?.[0]?.from], ["CustID", "trigger.body.customerId"]);
    assert.ok(Number(said.items?.[0]?.score) > 0.5);
  });
});

describe("templates", () => {
  it("are all offered, with their parameters, and each becomes a draft with what it shares", async () => {
    const items = is(await desk.get("/templates"), 200).body.items ?? [];
    assert.deepEqual(items.map((each) => each.template), readdirSync(templates)
      .filter((name) => existsSync(join(templates, name, "flow.json"))).sort());
    for (const { template, parameters } of items) {
      const flow = `from-${String(template)}`;
      const values = Object.fromEntries((parameters as { name: string; value: unknown }[]).map((each) =>
        [each.name, each.value]));
      const draft = is(await desk.post(`/templates/${String(template)}/instantiate`,
        { flow, parameters: values }), 201);
      assert.doesNotMatch(draft.text, /"env"|\$\{/, String(template));
    }
  });

  it("take calls at a path of its own each, also while none of them is launched", async () => {
    const paths = [];
    for (const flow of ["till-a", "till-b"]) {
      const path = "/templates/paytrace-payment-to-dynamics365/instantiate";
      const draft = is(await desk.post(path, { flow }), 201);
      paths.push(/"path":\s*"(paytrace\/payments[^"]*)"/.exec(draft.text)?.[1]);
    }
    assert.equal(new Set(paths).size, 2, String(paths));
    assert.equal(paths[1], "paytrace/payments-till-b");
  });

  it("become drafts that read nothing of the machine, with a list of what is left to do", async () => {
    const template = is(await desk.get("/templates"), 200).body.items?.[0];
    const draft = is(await desk.post(`/templates/${String(template?.template)}/instantiate`, { flow: "mine" }), 201);
    assert.doesNotMatch(draft.text, /"env"|\$\{/);
    const list = is(await desk.get("/flows/mine/checklist"), 200).body;
    assert.deepEqual(list.phases?.map((phase) => phase.phase),
      ["Discovery", "Configure & map", "Validate", "Launch"]);
    assert.equal(list.done, false);
    assert.match(JSON.stringify(list.phases[0]),
      /Microsoft Dynamics 365 \(erp\) is not connected yet: choose a connection of the workspace/);
    const { samples } = is(await desk.get(`/templates/${String(template?.template)}`), 200).body;
    const events = Object.keys(samples as object);
    assert.ok(events.length > 0);
    assert.match(JSON.stringify(list.phases[2]), new RegExp(`Events to try it with: ${events.length}"`));
    const changed = is(await desk.ask("PATCH", "/flows/mine/draft",
      { patch: [{ op: "replace", path: "/flow/name", value: "Mine" }] }, draft.etag), 200);
    assert.equal(is(await desk.get("/flows/mine/draft"), 200).body.template, template?.template, changed.text);
    is(await desk.post(`/templates/${String(template?.template)}/instantiate`, { flow: "mine" }), 409);
    is(await desk.post(`/templates/${String(template?.template)}/instantiate`,
      { flow: "two", parameters: { nobody: 1 } }), 422);
  });

  it("come with the flows that they call, and with the connections that others use", async () => {
    const journal = "dynamics-sl-journal", batch = "paytrace-batch-to-dynamics-sl";
    const due = "cybersource-settlement-to-dynamics-sl";
    is(await desk.post(`/templates/${batch}/instantiate`, { flow: "payout", parameters: { timezone: "UTC" } }), 201);
    const made = is(await desk.get(`/flows/${journal}/draft`), 200);
    assert.equal(made.body.template, journal);
    interface List {
      connections: { of: { flow: string; connection: string }[] }[];
      questions: { name: string; of: string[] }[];
      launch: { flow: string }[];
    }
    const list = is(await desk.get("/flows/payout/checklist"), 200).body as unknown as List;
    assert.deepEqual(list.launch.map(({ flow }) => flow), [journal, "payout"]);
    const together = list.connections.map(({ of }) => of.map((one) => `${one.flow} ${one.connection}`).join(", "));
    assert.deepEqual(together.sort(), [`${journal} sl`, "payout gateway", `payout sl, ${journal} views`]);
    assert.deepEqual(list.questions.find(({ name }) => name === "company")?.of, [journal]);

    // Another that calls the same part finds it there; what is bound for one is bound for the next.
    const description = "Customers and Quick Query views of Dynamics SL, by ctAPI's REST side.";
    const views = { connector: "dynamics_sl", description, use: "books" };
    is(await desk.ask("PATCH", `/flows/${journal}/draft`,
      { patch: [{ op: "replace", path: "/connections/connections/views", value: views }] }, made.etag), 200);
    is(await desk.post(`/templates/${due}/instantiate`, { flow: "funded" }), 201);
    const { bundle } = is(await desk.get("/flows/funded/draft"), 200).body as unknown as
      { bundle: { connections: { connections: Record<string, { use?: string }> } } };
    const { customers, gateway } = bundle.connections.connections;
    assert.deepEqual([customers?.use, gateway?.use], ["books", undefined]);
    assert.equal(is(await desk.get(`/flows/${journal}/draft`), 200).body.revision, 2, "it is not made anew");
  });

  it("ask what their flow asks, in words, and take an answer of its kind", async () => {
    const path = "/templates/paytrace-payment-to-dynamics365";
    const asked = is(await desk.get(path), 200).body.parameters as { name: string; title: string; value: unknown }[];
    assert.deepEqual(asked.map(({ name, title, value }) => [name, title, value]),
      [["currency", "Currency of your invoices", "USD"], ["timezone", "Time zone of your books", "America/New_York"]]);
    const draft = is(await desk.post(`${path}/instantiate`,
      { flow: "asked", parameters: { timezone: "UTC" } }), 201).body;
    assert.deepEqual((draft.bundle as { flow: { vars: object } }).flow.vars,
      { timezone: "UTC", currency: "USD" });
    const wrong = is(await desk.post(`${path}/instantiate`, { flow: "wrong", parameters: { timezone: 4 } }), 422);
    assert.match(wrong.text, /the parameter \\"timezone\\" is a text, but here stands: number/);
  });

  it("and tell a secret that is missing from a fault that speaks of one", async () => {
    const verify = { type: "hmac", header: "x-sign", secret: "not_there" };
    const hook = { id: "hook", type: "trigger.webhook", config: { path: "told", verify } };
    const items = async (flow: string, nodes: object[], edges: object[]) => {
      is(await desk.post("/flows", { flow, bundle: { flow: { weft: 1, name: flow, nodes, edges } } }), 201);
      return (is(await desk.get(`/flows/${flow}/checklist`), 200).body.phases?.[1] as
        { items: { item: string, text: string, secret?: string }[] }).items;
    };
    const missing = await items("unlocked", [hook], []);
    assert.deepEqual(missing.map(({ item, secret }) => [item, secret]), [["secret", "not_there"]]);
    assert.equal(missing[0]?.text, 'The vault has no secret "not_there"');
    const spoken = await items("spoken", [
      { ...hook, config: { path: "told", verify: { type: "none" } } },
      { id: "say", type: "transform.map",
        config: { fields: [{ to: "a", from: "=steps['the vault has no secret']" }] } },
    ], [{ from: "hook", to: "say" }]);
    assert.deepEqual(spoken.map(({ item }) => item), ["fault"]);
    assert.match(spoken[0]?.text ?? "", /the vault has no secret/);
  });
});
