// What a sender is answered, and that a refusal leaves nothing behind.
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, it } from "node:test";
import type { StandIn } from "../systems/lib/stand_in.ts";
import { eventText, paymentEvent, sign } from "../systems/paytrace/event.ts";
import { openBox } from "./box.ts";
import { echoFlow, effectFlow, hmac, secrets } from "./flows.ts";
import { eventually, paytraceSecret, type Server, World } from "./world.ts";

const world = new World();
let box: StandIn;
let server: Server;

before(async () => {
  box = await openBox();
  world.flow("echo", echoFlow({ path: "echo" }), {});
  world.flow("signed", echoFlow({ path: "signed/echo", verify: hmac }), { "connections.json": secrets });
  world.flow("effect", effectFlow({ path: "effect", method: "PUT", url: box.url }), { "connections.json": secrets });
  server = await world.serve();
});
after(async () => {
  await world.end();
  await box.close();
});

interface Answer {
  status: number;
  headers: Headers;
  json: Record<string, unknown>;
}

async function post(path: string, body: string, headers: Record<string, string> = {}, method = "POST"):
Promise<Answer> {
  const answer = await fetch(server.hook(path), {
    method, headers: { "content-type": "application/json", ...headers }, ...(method === "GET" ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers,
    json: text === "" ? {} : JSON.parse(text) as Record<string, unknown> };
}

describe("respond: result", () => {
  it("answers what the flow mapped, every digit of it", async () => {
    const event = '{"transactionId":"PT-1","amount":100.10,"currency":"EUR"}';
    const answer = await post("echo", event);
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("x-entry"), "PT-1");
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    const raw = await (await fetch(server.hook("echo"), { method: "POST", body: event,
      headers: { "content-type": "application/json" } })).text();
    assert.match(raw, /"amount":100\.10?[,}]/);
    assert.match(raw, /"double":200\.20?[,}]/);
    assert.match(raw, /"nested":\{"currency":"EUR"\}/);
  });

  it("keeps numbers that no binary fraction can hold", async () => {
    const amounts = [
      ["12345678901234567890.12", "12345678901234567890.12"], ["99999999999999999", "99999999999999999"],
      ["0.10000000000000000000000001", "0.10000000000000000000000001"], ["-0.00", "0.00"], ["1.5e3", "1500"],
    ] as const;
    for (const [sent, wanted] of amounts) {
      const answer = await fetch(server.hook("echo"), { method: "POST",
        headers: { "content-type": "application/json" }, body: `{"transactionId":"PT-1","amount":${sent}}` });
      const text = await answer.text();
      assert.equal(answer.status, 201, text);
      assert.equal(/"amount":([^,}]+)/.exec(text)?.[1], wanted);
    }
  });

  it("lets no text from an event break out of a header", async () => {
    const event = JSON.stringify({ transactionId: "x\r\nSet-Cookie: stolen=1\r\n\r\n<html>", amount: 1 });
    const answer = await post("echo", event);
    assert.equal(answer.headers.get("set-cookie"), null);
    assert.ok(answer.status === 201 || answer.status >= 500, String(answer.status));
  });

  it("passes texts of all scripts on unchanged", async () => {
    const currency = "Müller 東京 😀 \u0001 \u007f \" \\ \u2028";
    const answer = await post("echo", JSON.stringify({ transactionId: "PT-1", amount: 1, currency }));
    assert.deepEqual(answer.json.nested, { currency });
  });

  it("answers 500 with the run and the kind when a rule fails, and no more", async () => {
    const answer = await post("echo", '{"transactionId":"PT-1","amount":"not a number"}');
    assert.equal(answer.status, 500);
    assert.equal(answer.json.kind, "rule");
    assert.equal(typeof answer.json.run, "string");
    assert.doesNotMatch(JSON.stringify(answer.json), /not a number/);
  });
});

describe("refusals are problem details and leave nothing behind", () => {
  const good = eventText(paymentEvent("PT-2"));
  const signed = (body: string): Record<string, string> => ({ "x-signature": sign(paytraceSecret, body) });
  const deep = "[".repeat(100) + "]".repeat(100);

  const cases: [string, string, string, Record<string, string>, number, RegExp][] = [
    ["no signature", "signed/echo", good, {}, 401, /signature/i],
    ["a wrong signature", "signed/echo", good, { "x-signature": sign("other", good) }, 401, /signature/i],
    ["a cut signature", "signed/echo", good, { "x-signature": sign(paytraceSecret, good).slice(0, 40) }, 401,
      /signature/i],
    ["the signature of another body", "signed/echo", `${good} `, signed(good), 401, /signature/i],
    ["a signature in base64", "signed/echo", good,
      { "x-signature": Buffer.from(sign(paytraceSecret, good), "hex").toString("base64") }, 401, /signature/i],
    ["broken JSON", "signed/echo", '{"a":1,}', signed('{"a":1,}'), 400, /line 1, column \d+/],
    ["an empty body", "signed/echo", "", signed(""), 400, /./],
    ["a NUL in a text", "signed/echo", '{"a":"\\u0000"}', signed('{"a":"\\u0000"}'), 400, /NUL/],
    ["a key twice", "signed/echo", '{"a":1,"a":2}', signed('{"a":1,"a":2}'), 400, /duplicate key/i],
    ["JSON that is too deep", "signed/echo", deep, signed(deep), 413, /deep|depth/i],
    ["a body that is no JSON by its type", "signed/echo", good, { ...signed(good), "content-type": "text/plain" }, 415,
      /content type|Content-Type/i],
    ["an unknown path", "nothing/here", good, {}, 404, /./],
  ];
  for (const [what, path, body, headers, status, detail] of cases)
    it(`${status}: ${what}`, async () => {
      const answer = await post(path, body, headers);
      assert.equal(answer.status, status, JSON.stringify(answer.json));
      assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
      assert.equal(answer.json.status, status);
      assert.match(String(answer.json.detail ?? answer.json.title), detail);
    });

  it("413: a body above 1 MiB, said or not said beforehand", async () => {
    // Said beforehand: refused at the headers, before a byte of the body is sent.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const ask = request(server.hook("signed/echo"), { method: "POST",
        headers: { "content-type": "application/json", "content-length": 1024 * 1024 + 1 } });
      ask.on("response", (answer) => { resolve(answer.statusCode); ask.destroy(); });
      ask.on("error", reject);
      ask.flushHeaders();
    });
    assert.equal(status, 413);
    const stream = new ReadableStream({
      start(controller) {
        for (let n = 0; n < 40; n += 1) controller.enqueue(new TextEncoder().encode("x".repeat(64 * 1024)));
        controller.close();
      },
    });
    const answer = await fetch(server.hook("signed/echo"), { method: "POST", body: stream, duplex: "half",
      headers: { "content-type": "application/json" } }).catch(() => undefined);
    assert.ok(answer === undefined || answer.status === 413, "a chunked body above the limit was taken");
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  });

  it("405: another method, with what is allowed", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await post("signed/echo", good, {}, method);
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "POST");
    }
  });

  it("kept none of them", async () => {
    assert.deepEqual(await world.runs("&flow=signed"), []);
  });
});

describe("a receipt", () => {
  it("is 202 with the run, and a second delivery 200 with the first run", async () => {
    const body = eventText(paymentEvent("PT-3"));
    const headers = { "x-signature": sign(paytraceSecret, body) };
    const first = await post("effect", body, headers);
    assert.equal(first.status, 202);
    assert.deepEqual(Object.keys(first.json), ["run"]);
    const second = await post("effect", body, headers);
    assert.equal(second.status, 200);
    assert.deepEqual(second.json, { run: first.json.run, duplicate: true });
    assert.equal((await world.settled(String(first.json.run))).status, "succeeded");
    assert.equal(box.ledger.entries.filter((entry) => entry.key === "PT-3").length, 1);
  });

  it("is given to one of twenty deliveries at once", async () => {
    const body = eventText(paymentEvent("PT-4"));
    const headers = { "x-signature": sign(paytraceSecret, body) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => post("effect", body, headers)));
    assert.equal(answers.filter((answer) => answer.status === 202).length, 1);
    assert.equal(answers.filter((answer) => answer.status === 200 && answer.json.duplicate === true).length, 19);
    assert.equal(new Set(answers.map((answer) => answer.json.run)).size, 1);
    await eventually("the effect", () => box.ledger.entries.some((entry) => entry.key === "PT-4"));
    assert.equal(box.ledger.entries.filter((entry) => entry.key === "PT-4").length, 1);
  });

  it("takes a signature in upper case and with spaces around it", async () => {
    const body = eventText(paymentEvent("PT-5"));
    const answer = await post("effect", body, { "x-signature": ` ${sign(paytraceSecret, body).toUpperCase()} ` });
    assert.equal(answer.status, 202);
  });
});
