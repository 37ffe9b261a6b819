import { expect, test } from "vitest";
import { actOf } from "./once.ts";

let keys = 0;
let now = 0;

/** Asks for the act with a key of its own; the key that goes out, and what may come of it. */
async function ask(body: string, url = "http://weft/replay") {
  const request = new Request(url, {
    method: "POST",
    body,
    headers: { "Idempotency-Key": `key-${++keys}` },
  });
  const act = await actOf(request, () => now);
  expect(await request.text()).toBe(body);
  return { own: `key-${keys}`, key: request.headers.get("Idempotency-Key"), act };
}
const answer = (status: number, headers = {}) => new Response("{}", { status, headers });

test("what was not answered is asked again with its key, until there is an answer", async () => {
  const first = await ask("a");
  first.act?.unanswered();
  expect((await ask("b")).key).toBe(`key-${keys}`); // another act
  expect((await ask("a", "http://weft/other")).key).toBe(`key-${keys}`);
  const second = await ask("a");
  expect(second.key).toBe(first.own);
  await second.act?.whole(answer(502));
  const third = await ask("a");
  expect(third.key).toBe(first.own);
  await third.act?.whole(answer(201));
  const fourth = await ask("a");
  expect(fourth.key).toBe(fourth.own);
});

test("an answer that ends in the middle, or is of something between, has not come", async () => {
  const first = await ask("a");
  const cut = { status: 201, headers: { "Content-Type": "application/json" } };
  await expect(first.act?.whole(new Response('{"run": "0', cut))).rejects.toThrow();
  first.act?.unanswered();
  const second = await ask("a");
  expect(second.key).toBe(first.own);
  const hotel = { headers: { "Content-Type": "text/html; charset=utf-8" } };
  await expect(second.act?.whole(new Response("<h1>Welcome</h1>", hotel))).rejects.toThrow();
  second.act?.unanswered();
  const third = await ask("a");
  expect(third.key).toBe(first.own);
  const answered = await third.act?.whole(new Response(null, { status: 204 }));
  expect(answered?.status).toBe(204);
  const fourth = await ask("a");
  expect(fourth.key).toBe(fourth.own);
});

test("while the first is under way the key stays; its own refusal ends it", async () => {
  const first = await ask("a");
  first.act?.unanswered();
  await (await ask("a")).act?.whole(answer(409));
  const third = await ask("a");
  expect(third.key).toBe(first.own);
  await third.act?.whole(answer(409, { "Idempotency-Replayed": "true" }));
  const fourth = await ask("a");
  expect(fourth.key).toBe(fourth.own);
});

test("much later it is an act of its own", async () => {
  (await ask("a")).act?.unanswered();
  now += 11 * 60_000;
  const later = await ask("a");
  expect(later.key).toBe(later.own);
});

test("what carries no key is left alone", async () => {
  expect(await actOf(new Request("http://weft/draft", { method: "PATCH", body: "{}" }))).toBe(
    undefined,
  );
});
