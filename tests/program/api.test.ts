// The conventions of the API, on operations that are there to show them: keys that make a POST safe to repeat, pages,
// revisions, what refusals say, and what a killed program remembers of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { type Answer, type Asked, type Fields, type Target, type Value, ask } from "./contract.ts";
import { type Server, World } from "./world.ts";

const world = new World();
let server: Server;
let local: Target;

before(async () => {
  server = await world.serve();
  local = { socketPath: join(world.data, "weft.sock") };
});
after(async () => { await world.end(); });

function call(method: string, path: string, body?: Value, headers: Record<string, string> = {}): Promise<Answer> {
  const asked: Asked = body === undefined ? { method, path, headers }
    : { method, path, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  return ask(local, asked);
}
const fields = (answer: Answer): Fields => answer.json as Fields;
const keyed = (key: string): Record<string, string> => ({ "idempotency-key": key });

test("the same key gives the first answer again, and nothing is done twice", async () => {
  const first = await call("POST", "/flows", { flow: "twice", name: "Twice" }, keyed("k-1"));
  assert.equal(first.status, 201, first.text);
  assert.equal(first.headers["idempotency-replayed"], undefined);
  const again = await call("POST", "/flows", { flow: "twice", name: "Twice" }, keyed("k-1"));
  assert.equal(again.status, 201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.etag, first.headers.etag);
  assert.equal(again.headers["idempotency-replayed"], "true");
  const without = await call("POST", "/flows", { flow: "twice", name: "Twice" });
  assert.equal(without.status, 409);
});

test("a refusal is an answer, too", async () => {
  const body = { flow: "twice", name: "Twice" };
  const first = await call("POST", "/flows", body, keyed("k-refused"));
  const again = await call("POST", "/flows", body, keyed("k-refused"));
  assert.equal(first.status, 409);
  assert.equal(again.text, first.text);
  assert.equal(again.headers["idempotency-replayed"], "true");
});

test("a key is of one request: another body or operation is refused", async () => {
  assert.equal((await call("POST", "/flows", { flow: "one", name: "One" }, keyed("k-2"))).status, 201);
  for (const [path, body] of [["/flows", { flow: "other", name: "One" }], ["/flows?", { flow: "two", name: "One" }],
    ["/runs/0AKTJCFJ40000/cancel", { reason: "x" }]] as [string, Value][]) {
    const answer = await call("POST", path, body, keyed("k-2"));
    assert.equal(answer.status, 409, answer.text);
    assert.equal(fields(answer).code, "conflict");
    assert.match(answer.text, /Idempotency-Key/);
  }
  assert.equal((await call("GET", "/flows/other")).status, 404);
});

test("of requests with one key at the same time one is done", async () => {
  const all = await Promise.all(Array.from({ length: 12 }, () =>
    call("POST", "/flows", { flow: "crowd", name: "Crowd" }, keyed("k-crowd"))));
  const made = all.filter((answer) => answer.status === 201);
  assert.ok(made.length >= 1);
  assert.equal(made.filter((answer) => answer.headers["idempotency-replayed"] === undefined).length, 1);
  for (const answer of all)
    if (answer.status !== 201) {
      assert.equal(answer.status, 409);
      assert.match(answer.text, /under way/);
    }
});

test("a request that does not fit the contract leaves its key unused", async () => {
  assert.equal((await call("POST", "/flows", { flow: "late", nam: "Late" }, keyed("k-unfit"))).status, 400);
  assert.equal((await call("POST", "/flows", { flow: "late", name: "Late" }, keyed("k-unfit"))).status, 201);
});

test("keys are visible ASCII characters, 200 at most", async () => {
  for (const key of ["", "a b", "x".repeat(201)]) {
    const answer = await call("POST", "/flows", { flow: "key", name: "Key" }, keyed(key));
    if (key === "" && answer.status === 201) continue; // an empty header is none
    assert.equal(answer.status, 400, key);
    assert.match(answer.text, /Idempotency-Key/);
  }
});

test("answers are remembered over a kill", async () => {
  const first = await call("POST", "/flows", { flow: "durable", name: "Durable" }, keyed("k-kill"));
  assert.equal(first.status, 201);
  await server.kill();
  server = await world.serve();
  const again = await call("POST", "/flows", { flow: "durable", name: "Durable" }, keyed("k-kill"));
  assert.equal(again.status, 201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers["idempotency-replayed"], "true");
});

test("a kill at any moment: done once and told so, or nobody says that it was done", async () => {
  for (let round = 0; round < 4; round++) {
    const ids = Array.from({ length: 30 }, (_one, i) => `kill-${round}-${i}`);
    const make = (id: string): Promise<Answer> => call("POST", "/flows", { flow: id, name: id }, keyed(id));
    let answered = 0;
    const tries = ids.map(async (id) => {
      await make(id).catch(() => undefined);
      answered++;
    });
    while (answered < round * 4) await new Promise((resolve) => { setImmediate(resolve); });
    await server.kill();
    await Promise.all(tries);
    server = await world.serve();
    for (const id of ids) {
      const before = (await call("GET", `/flows/${id}`)).status === 200;
      const again = await make(id);
      const replayed = again.headers["idempotency-replayed"] === "true";
      if (again.status === 201) assert.equal(replayed, before, `${id}: ${again.text}`);
      else assert.match(again.text, /cut off/, id);
      assert.equal((await make(id)).status, again.status);
    }
  }
});

test("pages go on by a cursor that is of this listing alone", async () => {
  for (let i = 0; i < 5; i++) await call("POST", "/flows", { flow: `page${i}`, name: `Page ${i}` });
  const seen: Value[] = [];
  let next = "";
  do {
    const page = fields(await call("GET", `/flows?search=page&limit=2${next === "" ? "" : `&cursor=${next}`}`));
    assert.ok((page.items as Value[]).length <= 2);
    seen.push(...(page.items as Fields[]).map((item) => item.flow ?? null));
    next = page.next as string | undefined ?? "";
  } while (next !== "");
  assert.deepEqual(seen, ["page0", "page1", "page2", "page3", "page4"]);
  const first = fields(await call("GET", "/flows?search=page&limit=2")).next as string;
  for (const path of [`/flows?search=pag&limit=2&cursor=${first}`, `/deployments?cursor=${first}`,
    `/flows?search=page&cursor=${first.slice(0, 16)}`, "/flows?cursor=none", `/flows?search=page&cursor=A${first}`]) {
    const answer = await call("GET", path);
    assert.equal(answer.status, 400, `${path}: ${answer.text}`);
    assert.equal(fields(answer).code, "cursor");
  }
  assert.equal((await call("GET", `/flows?limit=1&search=page&cursor=${first}`)).status, 200, "a page may be smaller");
  const elsewhere = { "weft-workspace": "other" };
  const other = await call("GET", `/flows?search=page&limit=2&cursor=${first}`, undefined, elsewhere);
  assert.equal(fields(other).code, "cursor");
});

test("who changes says which revision they saw", async () => {
  const made = await call("POST", "/flows", { flow: "shared", name: "Shared" });
  const etag = made.headers.etag as string;
  assert.equal(etag, "\"1\"");
  const patch = { patch: [{ op: "replace", path: "/flow/name", value: "Mine" }] };
  const blind = await call("PATCH", "/flows/shared/draft", patch);
  assert.equal(blind.status, 428);
  assert.equal(fields(blind).code, "precondition");
  for (const wrong of ["1", "\"x\"", "*", "W/\"1\"", "\"0\"", "\"-1\"", "\"99999999999999999999999\""]) {
    const answer = await call("PATCH", "/flows/shared/draft", patch, { "if-match": wrong });
    assert.equal(answer.status, 400, `${wrong}: ${answer.text}`);
  }
  assert.equal((await call("PATCH", "/flows/shared/draft", patch, { "if-match": etag })).status, 200);
  const stale = await call("PATCH", "/flows/shared/draft", patch, { "if-match": etag });
  assert.equal(stale.status, 409, stale.text);
  assert.equal(fields(stale).code, "stale");
});

test("HEAD is GET without the body", async () => {
  const [get, head] = [await call("GET", "/about"), await call("HEAD", "/about")];
  assert.equal(head.status, 200);
  assert.equal(head.text, "");
  assert.equal(head.headers["content-type"], get.headers["content-type"]);
});

test("refusals tell how to find them in the log", async () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const answer = await call("GET", "/runs/none", undefined, { traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  assert.equal(fields(answer).trace, trace);
  const [one, two] = [fields(await call("GET", "/runs/none")).trace, fields(await call("GET", "/runs/none")).trace];
  assert.notEqual(one, two);
  for (const bad of ["00-00000000000000000000000000000000-00f067aa0ba902b7-01", "x", `00-${trace}`])
    assert.notEqual(fields(await call("GET", "/runs/none", undefined, { traceparent: bad })).trace, trace);
});

test("a refusal is whole, whatever bytes it speaks of", async () => {
  const media = await call("POST", "/flows", { flow: "a", name: "A" }, { "content-type": "app\u00ff\u00fe/json" });
  assert.equal(media.status, 415);
  assert.match(fields(media).detail as string, /Content-Type must be application\/json, not "app/);
  const cut = await call("GET", `/flows?${encodeURIComponent(`${"x".repeat(59)}\u00e4`)}=1`);
  assert.equal(fields(cut).code, "unknown_field");
  assert.match(fields(cut).detail as string, /x\?" here/);
});

test("a workspace has a name", async () => {
  for (const name of ["a/b", "x".repeat(80)]) {
    const answer = await call("GET", "/runs", undefined, { "weft-workspace": name });
    assert.equal(answer.status, 400, answer.text);
  }
});
