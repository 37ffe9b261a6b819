// A language model behind the suggestions of mappings, against the real program: what leaves by bytes, what the audit
// says of it, and that nothing that a model does harms the program's own suggestions.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { apiVersion, deployment, key, openOpenAi, type OpenAi } from "../systems/openai/openai.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { Desk, type Heard, type Said } from "./desk.ts";
import { World } from "./world.ts";

const world = new World();
const desk = new Desk(world);
let system: OpenAi, standIn: StandIn;
before(async () => {
  ({ system, standIn } = await openOpenAi());
  await world.serve();
});
after(async () => {
  await world.end();
  await standIn.close();
});

const card = "4111111111111111";
const question = {
  target: { type: "object", properties: { CustID: { type: "string", maxLength: 15, title: "Secret title" },
    Ziffer: { type: "number" }, Skip: { type: "string" } } },
  sources: [{ trigger: { body: { customerId: "C-canary-1", wert: 17.25, note: `paid by ${card}` } } }],
  mapped: ["Skip"], model: true,
};

function is(heard: Heard, status: number): Heard {
  assert.equal(heard.status, status, heard.text);
  return heard;
}
async function set(changes: object): Promise<Heard> {
  return desk.ask("PATCH", "/settings", changes, (await desk.get("/settings")).etag);
}
async function suggest(more: object = {}): Promise<Said & { model?: Said }> {
  return is(await desk.post("/mappings/suggest", { ...question, ...more }), 200).body;
}
const pair = (one: Said): string => `${String(one.from)} ${String(one.to)}`;
const own = "trigger.body.customerId CustID";
async function connect(name: string, connector: string, settings: object): Promise<void> {
  const put = await desk.ask("PUT", `/workspace/connections/${name}`, { connector, environments: { production:
    { settings, secrets: { key: { vault: "model_key" } }, limits: { requests: 1000, per: "1s", burst: 1000 } } } });
  assert.ok(put.status === 200 || put.status === 201, put.text);
}
/** The last question as it came over the wire. */
function asked(): { text: string; body: Said } {
  const text = system.asked.at(-1)?.body ?? "";
  return { text, body: JSON.parse(text) as Said };
}
function says(pairs: unknown): void {
  system.content = JSON.stringify({ pairs });
}

describe("a model behind the suggestions", () => {
  it("is asked nothing where the workspace has none", async () => {
    const said = await suggest();
    assert.deepEqual(said.items?.map(pair), [own]);
    assert.match(String(said.model?.note), /suggest_model/);
    assert.equal((await suggest({ model: false })).model, undefined);
    assert.equal(system.asked.length, 0);
  });

  it("is a connection of the workspace, of a system with a model behind it", async () => {
    is(await desk.post("/vault/model_key/set", { value: key, origins: [standIn.url] }), 200);
    await connect("model", "openai", { endpoint: `${standIn.url}/v1`, model: "gpt-4o-mini" });
    await connect("azure", "azure_openai", { endpoint: standIn.url, deployment, api_version: apiVersion });
    await connect("shop", "azure_ml", { endpoint: standIn.url });
    for (const wrong of ["model", "production/nothing", "staging/model", "production/shop"])
      assert.match(is(await set({ suggest_model: wrong }), 422).text, /suggest_model/);
    is(await set({ suggest_model: "production/model" }), 200);
    const quiet = await suggest({ model: false });
    assert.deepEqual(quiet.model, { name: "gpt-4o-mini", values: false, asked: false });
    assert.equal(system.asked.length, 0);
  });

  it("is sent names and types, nothing else", async () => {
    says([{ source: "trigger.body.wert", target: "Ziffer", reason: "Wert is an amount" }]);
    const said = await suggest();
    const { text, body } = asked();
    const messages = body.messages as { role: string; content: string }[];
    assert.deepEqual(Object.keys(body).sort(), ["messages", "model", "response_format"]);
    assert.deepEqual(JSON.parse(messages[1]?.content ?? "{}"), {
      sources: [{ path: "trigger.body.customerId", type: "text" }, { path: "trigger.body.wert", type: "number" },
        { path: "trigger.body.note", type: "text" }],
      targets: [{ path: "CustID", type: "text" }, { path: "Ziffer", type: "number" }] });
    for (const secret of ["C-canary-1", "17.25", card, "paid by", "Secret title", "Skip", "\"15\""])
      assert.ok(!text.includes(secret), secret);
    assert.deepEqual(said.items?.map(pair), [own, "trigger.body.wert Ziffer"]);
    const [, one] = said.items ?? [];
    assert.deepEqual([one?.chosen, one?.reasons],
      [true, ["proposed by the model gpt-4o-mini", "it says: Wert is an amount"]]);
    assert.ok(Number(one?.score) < Number(said.items[0]?.score));
    assert.equal(said.model?.asked, true);
  });

  it("is sent values where that is allowed, without card numbers, in Azure's shape too", async () => {
    is(await set({ suggest_model: "production/azure", suggest_model_values: "allowed" }), 200);
    says([]);
    const said = await suggest();
    const { text, body } = asked();
    assert.equal(said.model?.note, undefined);
    assert.equal(system.asked.at(-1)?.target,
      `/openai/deployments/${deployment}/chat/completions?api-version=${apiVersion}`);
    assert.deepEqual(Object.keys(body).sort(), ["messages", "response_format"]);
    for (const sent of ["C-canary-1", "17.25", "paid by", "Secret title"]) assert.ok(text.includes(sent), sent);
    assert.ok(!text.includes(card));
  });

  it("stands in the audit with what it was sent, and so do the settings", async () => {
    const items = is(await desk.get("/audit?limit=100"), 200).body.items ?? [];
    const sent = items.filter((one) => one.what === "suggest.model");
    assert.deepEqual(sent.map((one) => [one.object, (one.detail as unknown as Said).values]).sort(),
      [["production/azure", true], ["production/model", false]]);
    const detail = sent.find((one) => one.object === "production/model")?.detail as unknown as Said;
    assert.deepEqual([detail.model, detail.sources, detail.targets], ["gpt-4o-mini", 3, 2]);
    assert.ok(sent.every((one) => typeof one.by === "string" && one.by !== "" && one.workspace === "main"));
    const changes = items.filter((one) => one.what === "setting.change");
    assert.ok(changes.some((one) => JSON.stringify(one.after).includes("\"suggest_model_values\":\"allowed\"")));
    assert.ok(!JSON.stringify(items).includes("C-canary-1"));
    is(await set({ suggest_model: "production/model", suggest_model_values: null }), 200);
  });

  it("leaves the program's own as they are, whatever it says", async () => {
    const local = (await suggest({ model: false })).items;
    const absent = JSON.stringify({ pairs: [7, null, { source: 1, target: 2 },
      { source: "trigger.body.wert", target: "NotThere" }, { source: "env.SECRET", target: "Ziffer" },
      { source: "trigger.body.note", target: "Skip" }] });
    for (const hostile of [null, "", "no JSON", "[]", "{\"pairs\": 3}", "{\"pairs\": [[[[]]]]}",
      "<script>alert(1)</script>", "```json\n{\"pairs\": []}\n```", "x".repeat(10_000_000), absent]) {
      system.content = hostile;
      const said = await suggest();
      assert.deepEqual(said.items, local, String(hostile).slice(0, 80));
    }
    assert.equal((await suggest()).model?.note, undefined); // pairs that do not exist are dropped in silence
    system.content = "no JSON";
    assert.match(String((await suggest()).model?.note), /not the JSON/);
    says([{ source: "trigger.body.wert", target: "Ziffer", reason: "<img src=x onerror=alert(1)>" }]);
    assert.deepEqual((await suggest()).items?.[1]?.reasons, ["proposed by the model gpt-4o-mini"]);
    const rejected = await suggest({ rejected: [{ from: "trigger.body.wert", to: "Ziffer" }] });
    assert.deepEqual(rejected.items, local);
  });

  it("is let alone when its system is away, or refuses the key until there is another one", async () => {
    const local = (await suggest({ model: false })).items;
    const left = system.asked.length;
    standIn.fault({ kind: "reset_before", times: 0 }); // what fails on a kept connection is sent once more
    const away = await suggest();
    standIn.faults.clear();
    assert.deepEqual(away.items, local);
    assert.match(String(away.model?.note), /gave nothing/);
    is(await desk.post("/vault/model_key/set", { value: "another", origins: [standIn.url] }), 200);
    await connect("refused", "openai", { endpoint: `${standIn.url}/v1`, model: "gpt-4o-mini" });
    is(await set({ suggest_model: "production/refused" }), 200);
    assert.match(String((await suggest()).model?.note), /401/);
    const halted = await suggest();
    assert.deepEqual(halted.items, local);
    assert.match(String(halted.model?.note), /not used now/);
    assert.equal(system.asked.length, left + 1); // a halted connection sends nothing
    is(await desk.post("/vault/model_key/set", { value: key, origins: [standIn.url] }), 200);
    const mended = await suggest();
    assert.deepEqual([mended.model?.asked, mended.model?.note], [true, undefined]);
  });

  it("cannot be asked where the egress policy does not let anything go", async (t) => {
    const closed = new World({ WEFT_EGRESS_ALLOW: "" });
    const there = new Desk(closed);
    t.after(() => closed.end());
    await closed.serve();
    is(await there.post("/vault/model_key/set", { value: key, origins: [standIn.url] }), 200);
    is(await there.ask("PUT", "/workspace/connections/model", { connector: "openai", environments: { production:
      { settings: { endpoint: `${standIn.url}/v1`, model: "m" }, secrets: { key: { vault: "model_key" } } } } }), 200);
    is(await there.ask("PATCH", "/settings", { suggest_model: "production/model" },
      (await there.get("/settings")).etag), 200);
    const left = system.asked.length;
    const said = is(await there.post("/mappings/suggest", question), 200).body as Said & { model?: Said };
    assert.deepEqual(said.items?.map(pair), [own]);
    assert.match(String(said.model?.note), /gave nothing/);
    assert.equal(system.asked.length, left);
  });
});
