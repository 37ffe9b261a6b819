// Card data goes in through every door of the real program, and is looked for afterwards in everything that it keeps
// or says: no number, in none of its spellings. What each door shows instead is the masked form.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Desk } from "./desk.ts";
import { eventually, type Server, World } from "./world.ts";

// A number for each door, so that a finding tells which one it was. All are Luhn-valid.
function card(prefix: string, n: number): string {
  const body = (prefix + String(n).padStart(9, "0")).padEnd(15, "7").slice(0, 15);
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    let digit = Number(body[14 - i]);
    if (i % 2 === 0) digit = digit > 4 ? 2 * digit - 9 : 2 * digit;
    sum += digit;
  }
  return body + String((10 - sum % 10) % 10);
}
function checks(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < number.length; i++) {
    const digit = Number(number[number.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return sum % 10 === 0;
}
const doors = ["body", "number", "member", "groups", "dashes", "nested", "query", "header", "form", "xml", "note",
  "hand", "file", "fileName", "poll", "event", "signal", "answer", "answerHeader", "refusal", "url", "rule", "ruleLog",
  "review", "reason", "cancel", "replay", "settle", "dedupe", "dedupeTwin", "order", "respond", "track", "loop",
  "waitKey", "refuse", "malformed", "sample", "sampleNote", "pin", "comment", "message", "label",
  "test", "testPut", "testPatch"] as const;
type Door = typeof doors[number];
const pan = Object.fromEntries(doors.map((door, n) =>
  [door, card(n % 2 === 0 ? "411111" : "555544", 31_000_003 * (n + 1))])) as Record<Door, string>;
const masked = (number: string): string => `${number.slice(0, 6)}******${number.slice(-4)}`;
const grouped = (number: string, by: string): string => (number.match(/.{4}/g) ?? []).join(by);

const world = new World({ WEFT_LOG_LEVEL: "debug", WEFT_FILES_ROOT: "/" });
const desk = new Desk(world);
let server: Server;
let peer: ReturnType<typeof createServer>;
let peerUrl: string;

const hook = (path: string, more: object = {}): object =>
  ({ id: "in", type: "trigger.webhook", config: { path, verify: { type: "none" }, ...more } });
const flow = (nodes: object[], edges: [string, string, string?][], settings: object = {}): object => ({
  weft: 1, name: "Cards", settings, nodes,
  edges: edges.map(([from, to, port]) => ({ from, to, ...port === undefined ? {} : { port } })),
});
const map = (id: string, from: string): object =>
  ({ id, type: "transform.map", config: { fields: [{ to: "v", from }] } });
/** An expression that makes the number where no guard has seen it before. */
const made = (number: string): string => `'${number.slice(0, 8)}' .. '${number.slice(8)}'`;

function answerPeer(ask: IncomingMessage, answer: ServerResponse): void {
  const path = ask.url ?? "";
  const send = (status: number, body: object, headers: Record<string, string> = {}): void => {
    answer.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
  if (path.startsWith("/list"))
    send(200, { value: [{ id: 1, card: { number: pan.poll, cvv: "987" } }], next: "end" });
  else if (path.startsWith("/refuse"))
    send(422, { error: `card ${pan.refusal} was refused`, cvv2: "987" });
  else
    send(200, { card: { number: pan.answer, securityCode: "987" } }, { "x-card": grouped(pan.answerHeader, " ") });
}

function writeFlows(inbox: string): void {
  world.flow("in", flow([hook("in")], []));
  world.flow("hand", flow([{ id: "in", type: "trigger.manual", config: {} }, map("v", "=trigger.body.card")],
    [["in", "v"]]));
  world.flow("raw", flow([hook("raw")], []));
  world.flow("file", flow([{ id: "in", type: "trigger.file",
    config: { folder: inbox, pattern: "*", as: "text", settle: "100ms", every: "1s" } }], []));
  world.flow("poll", flow([{ id: "in", type: "trigger.poll", config: { every: "1h", items: "=steps.ask.body.value",
    id: "=item.id", cursor: "=steps.ask.body.next", body: { nodes: [
      { id: "ask", type: "connector.http", config: { method: "GET", url: `${peerUrl}/list` } }], edges: [] } } }], []));
  world.flow("heard", flow([{ id: "in", type: "trigger.event", config: { flow: "says", on: "succeeded" } }], []));
  world.flow("says", flow([hook("says"), map("say", `=${made(pan.event)}`)], [["in", "say"]]));
  world.flow("waits", flow([hook("waits"), { id: "wait", type: "branch.wait",
    config: { event: { name: "paid", key: `=${made(pan.waitKey)}` } } }], [["in", "wait"]]));
  world.flow("signals", flow([hook("signals"), { id: "send", type: "branch.signal", config: { event: "paid",
    key: `=${made(pan.waitKey)}`, body: { card: `=${made(pan.signal)}` } } }], [["in", "send"]]));
  world.flow("asks", flow([hook("asks"),
    { id: "ask", type: "connector.http", config: { method: "GET", url: `${peerUrl}/card` } },
    { id: "put", type: "connector.http", config: { method: "PUT", url: `='${peerUrl}/pan/' .. ${made(pan.url)}` } },
    { id: "no", type: "connector.http", on_error: "continue", config: { method: "GET", url: `${peerUrl}/refuse` } },
  ], [["in", "ask"], ["ask", "put"], ["put", "no"]]));
  world.flow("rule", flow([hook("rule"), { id: "bad", type: "transform.script",
    config: { source: `log('seen ' .. ${made(pan.ruleLog)})\nerror('cannot take ' .. ${made(pan.rule)})` } }],
  [["in", "bad"]]));
  world.flow("review", flow([hook("review"), { id: "ask", type: "branch.review", config: {
    title: "='Who takes ' .. trigger.body.id", role: "finance", ports: [{ port: "post" }, { port: "drop" }],
    form: { type: "object", properties: { card: { type: "string" } } } } }],
  [["in", "ask"]]));
  world.flow("keys", flow([hook("keys"), map("v", "=trigger.body.card")], [["in", "v"]],
    { dedupe: "=trigger.body.card", order_by: "=trigger.body.lane or 'x'" }));
  world.flow("result", flow([hook("result", { respond: "result" }), { id: "say", type: "connector.respond",
    config: { body: { card: `=${made(pan.respond)}` } } }], [["in", "say"]]));
  world.flow("lines", flow([hook("lines"), { id: "each", type: "branch.foreach", config: { items: "=trigger.body.lines",
    collect: `=${made(pan.loop)}`, body: { nodes: [map("one", "=item")], edges: [] } } }], [["in", "each"]]));
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(server.hook(path), { method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body) });
  const text = await answer.text();
  said.push(text);
  assert.equal(answer.status < 300, true, text);
  return (JSON.parse(text) as { run: string }).run;
}

const said: string[] = [];
function weft(args: string[], input = ""): { code: number | null; stdout: string; stderr: string } {
  const done = world.command([...args, "--data", world.data], { input });
  said.push(done.stdout, done.stderr);
  return done;
}

/** Every place where one of the numbers stands, in any spelling. */
function found(): string[] {
  const places: string[] = [];
  const look = (name: string, content: Buffer | string): void => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
    for (const door of doors) {
      const number = pan[door];
      const forms = [number, ...[" ", "-", ".", "+", "%20"].map((by) => grouped(number, by)),
        Buffer.from(number).toString("hex")];
      if (forms.some((form) => bytes.includes(form))) places.push(`${door} in ${name}`);
    }
    if (/"?(cvv2?|securityCode)\W{1,4}987/i.test(bytes.toString("latin1"))) places.push(`a security code in ${name}`);
  };
  look("the log", world.stderr);
  look("what was answered and shown", said.join("\n"));
  for (const name of readdirSync(world.data, { recursive: true, encoding: "utf8" })) {
    const file = join(world.data, name);
    if (statSync(file).isFile()) look(name, readFileSync(file));
  }
  return [...new Set(places)];
}

before(async () => {
  peer = createServer(answerPeer);
  await new Promise<void>((resolve) => { peer.listen(0, "127.0.0.1", resolve); });
  peerUrl = `http://127.0.0.1:${(peer.address() as AddressInfo).port}`;
  const inbox = join(world.folder, "inbox");
  mkdirSync(inbox);
  writeFlows(inbox);
  server = await world.serve();
});
after(async () => {
  await world.end();
  peer.close();
});

describe("card data that arrives", () => {
  it("is masked in a body, a query and headers, and its places are told", async () => {
    const run = await post(`in?card=${pan.query}`, {
      card: { number: pan.body, cvv: "987", expiry: "12/29" }, plain: Number(pan.number), [pan.member]: true,
      shown: grouped(pan.groups, " "), dashed: grouped(pan.dashes, "-"), order_id: "1000-2345-6789-0123",
      inner: JSON.stringify({ pan: pan.nested, securityCode: 987 }), form: `amount=1&card=${pan.form}&cvv=987`,
      xml: `<Payment><PAN>${pan.xml}</PAN><CVV2>987</CVV2></Payment>`, note: `he said ${pan.note}, valid 12/29`,
      swipe: `;${pan.track}=29122010000012300000?`,
    }, { "x-card": pan.header });
    const { input, masked: report } = await world.settled(run) as unknown as
      { input: { body: Record<string, unknown>; query: unknown; headers: Record<string, string> };
        masked: { what: string; numbers: number; codes: number; tracks: number; places: string[] } };
    assert.deepEqual(input.body.card, { number: masked(pan.body), cvv: null, expiry: "12/29" });
    assert.equal(input.body.plain, masked(pan.number));
    assert.equal(input.body[masked(pan.member)], true);
    assert.equal(input.body.shown, grouped(masked(pan.groups), " "));
    assert.equal(input.body.order_id, "1000-2345-6789-0123");
    assert.equal(input.body.inner, JSON.stringify({ pan: masked(pan.nested), securityCode: null }));
    assert.equal(input.body.form, `amount=1&card=${masked(pan.form)}&cvv=[removed]`);
    assert.equal(input.body.xml, `<Payment><PAN>${masked(pan.xml)}</PAN><CVV2>[removed]</CVV2></Payment>`);
    assert.equal(input.body.swipe, "[removed]");
    assert.equal(input.headers["x-card"], masked(pan.header));
    assert.deepEqual([report.numbers, report.codes, report.tracks].map(String), ["11", "4", "1"]);
    assert.ok(report.places.includes("/body/card/number"));
    assert.match(weft(["show", run]).stdout, /masked +11 card numbers, 4 security codes, 1 track of a card: \//);
    assert.match(world.stderr, /warn .*card data was taken out before it was kept: 11 card numbers/);
  });

  it("is masked in a body that is text, in files and their names, and by hand", async () => {
    const run = await post("raw", `card=${grouped(pan.malformed, "+")}&amount=1`,
      { "content-type": "application/x-www-form-urlencoded" }).catch(() => "");
    if (run !== "") await world.settled(run);
    writeFileSync(join(world.folder, "inbox", `${pan.fileName}.csv`), `id,card\n1,${pan.file}\n`);
    const filed = await eventually("the file", async () => (await world.runs("&flow=file"))[0]);
    const shown = await world.settled(filed.run);
    assert.equal((shown.input as { body: string }).body, `id,card\n1,${masked(pan.file)}\n`);
    const hand = world.command(["run", join(world.flows, "hand"), "--input", "-"],
      { input: JSON.stringify({ card: pan.hand }) });
    said.push(hand.stdout, hand.stderr);
    assert.equal(hand.code, 0, hand.stderr);
    assert.match(hand.stdout, new RegExp(`${pan.hand.slice(0, 6)}\\*+${pan.hand.slice(-4)}`));
  });

  it("is masked in what a poll finds, an event says and a signal carries", async () => {
    const polled = await eventually("the poll", async () => (await world.runs("&flow=poll"))[0]);
    assert.deepEqual(((await world.settled(polled.run)).input as { body: { card: unknown } }).body.card,
      { number: masked(pan.poll), cvv: null });
    await world.settled(await post("says", {}));
    const heard = await eventually("the event", async () => (await world.runs("&flow=heard"))[0]);
    assert.match(JSON.stringify((await world.settled(heard.run)).input), new RegExp(pan.event.slice(-4)));
    const waits = await post("waits", {});
    await eventually("it waits", async () => (await world.show(waits)).status === "waiting");
    await world.settled(await post("signals", {}));
    const woken = await eventually("it is woken", async () => {
      const run = await world.show(waits);
      return run.status === "succeeded" ? run : undefined;
    });
    assert.deepEqual(woken.steps.find((step) => step.step === "wait")?.output, { card: masked(pan.signal) });
  });

  it("tells events apart by the number itself where it is their key", async () => {
    const first = await post("keys", { card: pan.dedupe, lane: pan.order });
    const again = await post("keys", { card: pan.dedupe, lane: pan.order });
    const body = `${pan.dedupe.slice(0, 6)}${String(Number(pan.dedupe.slice(6, 12)) + 1).padStart(6, "0")}`;
    assert.equal(again, first);
    let twin = "";
    for (let n = 0; twin === "" && n < 10_000; n++) { // another card, with the same first six and last four digits
      const other = body.slice(0, 7) + String(10_000 + n).slice(-5) + pan.dedupe.slice(-4);
      if (checks(other) && other !== pan.dedupe) twin = other;
    }
    pan.dedupeTwin = twin;
    assert.notEqual(await post("keys", { card: twin }), first);
    const shown = await world.show(first);
    assert.match(shown.dedupe ?? "", /^card:[0-9a-f]{40}$/);
    await server.stop();
    server = await world.serve();
    assert.equal(await post("keys", { card: pan.dedupe, lane: pan.order }), first); // after a restart, too
  });
});

describe("card data from inside", () => {
  it("is masked in answers, addresses, refusals and what a rule says", async () => {
    const asked = await world.settled(await post("asks", {}));
    const text = JSON.stringify(asked);
    assert.equal(asked.status, "succeeded", text);
    assert.match(text, new RegExp(`${pan.url.slice(0, 6)}\\*+${pan.url.slice(-4)}`));
    assert.deepEqual((asked.steps.find((step) => step.step === "ask")?.output as { body: unknown }).body,
      { card: { number: masked(pan.answer), securityCode: null } });
    const failed = await world.settled(await post("rule", {}));
    assert.match(failed.error?.text ?? "", /cannot take (\[card number\]|\d{6}\*{6}\d{4})/);
    await world.settled(await post("lines", { lines: [1, 2] }));
    const answer = await fetch(server.hook("result"), { method: "POST", body: "{}",
      headers: { "content-type": "application/json" } });
    said.push(await answer.text());
    assert.match(said.at(-1) ?? "", new RegExp(`${pan.respond.slice(0, 6)}\\*+`));
  });

  it("is masked in what people write", async () => {
    const review = await post("review", { id: "P-1" });
    await eventually("the task", async () => (await world.show(review)).status === "waiting");
    assert.equal(weft(["reviews", "decide", `${review}/ask`, "post", "--answer", JSON.stringify({ card: pan.review }),
      "--reason", `the card is ${grouped(pan.reason, " ")}`]).code, 0);
    const cancelled = await post("review", { id: "P-2" });
    await eventually("the task", async () => (await world.show(cancelled)).status === "waiting");
    assert.equal(weft(["cancel", cancelled, "--reason", `wrong card ${pan.cancel}`]).code, 0);
    const [failed] = await world.runs("&flow=rule");
    assert.ok(failed !== undefined);
    const again = weft(["replay", failed.run, "--input", "-", "--reason", `card ${pan.replay}`],
      JSON.stringify({ card: pan.replay }));
    assert.match(again.stdout, /goes on as run/, again.stderr);
    const replayed = await eventually("the replay", async () =>
      (await world.runs("&flow=rule")).find((run) => run.run !== failed.run && run.status === "failed"));
    assert.equal(weft(["dead", "settle", replayed.run, "--reason", `charged ${pan.settle} by hand`]).code, 0);
  });
});

describe("card data at a desk", () => {
  it("is masked in what is kept there: samples, pins, comments, messages, labels", async () => {
    const ask = async (wanted: number, ...what: Parameters<Desk["ask"]>): Promise<string> => {
      const heard = await desk.ask(...what);
      said.push(heard.text);
      assert.equal(heard.status, wanted, heard.text);
      return heard.text;
    };
    const bundle = { flow: flow([hook("pasted"), map("v", "=1")], [["in", "v"]]) };
    await ask(201, "POST", "/flows", { flow: "pasted", bundle });
    const kept = await ask(201, "POST", "/flows/pasted/samples", { sample: "paid",
      input: { card: { number: pan.sample, cvv: "987" } }, note: `the card is ${grouped(pan.sampleNote, " ")}` });
    assert.match(kept, new RegExp(`"number":"${pan.sample.slice(0, 6)}\\*{6}${pan.sample.slice(-4)}","cvv":null`));
    await ask(200, "PUT", "/flows/pasted/pins/v", { output: { pan: pan.pin } });
    await ask(201, "POST", "/flows/pasted/versions", { message: `for card ${pan.message}` }, '"1"');
    const { etag } = await desk.get("/flows/pasted");
    await ask(200, "PATCH", "/flows/pasted", { labels: [pan.label] }, etag === "" ? undefined : etag);
    const event = (number: string): object => ({ input: { body: { card: number, cvv: "987" } } });
    const tests = { paid: event(pan.test) };
    await ask(201, "POST", "/flows", { flow: "drawn", bundle: { ...bundle, tests } });
    await ask(200, "PUT", "/flows/drawn/draft", { bundle: { ...bundle, tests: { put: event(pan.testPut) } } }, '"1"');
    await ask(200, "PATCH", "/flows/drawn/draft",
      { patch: [{ op: "add", path: "/tests/more", value: event(pan.testPatch) }] }, '"2"');
    const drawn = await ask(200, "GET", "/flows/drawn/draft");
    assert.ok(drawn.includes(`"more":{"input":{"body":{"card":"${masked(pan.testPatch)}"`), drawn);
    const late = await desk.ask("PUT", "/flows/drawn/draft", { bundle }, '"1"');
    said.push(late.text);
    assert.equal(late.body.changes?.length, 2, late.text);
    const open = await desk.get("/exceptions");
    const id = String(open.body.items?.[0]?.exception);
    await ask(200, "PATCH", `/exceptions/${id}`, { comment: `card ${pan.comment}` });
    assert.match(world.stderr, /it was kept: 2 card numbers, 1 security code: .*\(createSample, workspace main\)/);
  });
});

describe("afterwards", () => {
  it("stands nowhere: not in the data directory, the log, a backup, nor in what is shown", async () => {
    for (const { run } of await world.runs()) {
      weft(["show", run]);
      weft(["show", run, "--json"]);
    }
    weft(["audit", "list", "--json"]);
    weft(["reviews"]);
    weft(["dead", "--json"]);
    assert.equal(weft(["backup", join(world.data, "copy.backup")]).code, 0);
    assert.deepEqual(found(), []);
    assert.equal(await server.stop(), 0);
    assert.deepEqual(found(), []);
  });

  it("is refused where the workspace says so, by place and without the value", async () => {
    server = await world.serve({ env: { WEFT_GUARD_CARD_DATA: "mask, main=refuse", WEFT_GUARD_NAMES: "distrust" } });
    const before = (await world.runs()).length;
    const answer = await fetch(server.hook("in"), { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ card: { number: pan.refuse, cvv: "987" } }) });
    const text = await answer.text();
    said.push(text);
    assert.equal(answer.status, 422);
    assert.match(text, /1 card number, 1 security code: \/body\/card\/number, \/body\/card\/cvv/);
    const sample = await desk.post("/flows/pasted/samples", { sample: "more", input: { card: pan.refuse } });
    assert.equal(sample.status, 422);
    assert.match(sample.text, /card data is not taken here: 1 card number: \/input\/card; send a token/);
    const test = await desk.ask("PATCH", "/flows/drawn/draft",
      { patch: [{ op: "add", path: "/tests/no", value: { input: { body: { card: pan.refuse } } } }] }, '"3"');
    assert.equal(test.status, 422);
    assert.match(test.text, /card data is not taken here: 1 card number: \/tests\/no\/input\/body\/card; send a token/);
    const id = await fetch(server.hook("in"), { method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ order_id: pan.refuse }) }); // no name speaks for it
    assert.equal(id.status, 422);
    const hand = weft(["run", join(world.flows, "hand"), "--input", "-"], JSON.stringify({ card: pan.refuse }));
    assert.notEqual(hand.code, 0);
    writeFileSync(join(world.folder, "inbox", "refused.csv"), `card\n${pan.refuse}\n`);
    await eventually("the file is put aside", () =>
      readdirSync(join(world.folder, "inbox"), { recursive: true, encoding: "utf8" }).some((name) =>
        name.includes("/refused.csv") && name.startsWith("failed")));
    assert.equal((await world.runs()).length, before);
    await world.settled(await post("asks", {})); // what is inside is masked all the same
    assert.deepEqual(found(), []);
    for (const [name, value, said] of [["WEFT_GUARD_CARD_DATA", "hide", /guard\.card_data .* is mask or refuse/],
      ["WEFT_GUARD_NAMES", "some", /guard\.names .* is trust or distrust/]] as const) {
      const wrong = world.command(["serve", "--data", join(world.folder, "other"), "--listen", "127.0.0.1:0"],
        { env: { [name]: value } });
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, said);
    }
  });
});
