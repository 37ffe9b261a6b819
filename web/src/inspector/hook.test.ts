// What is pasted into a shell is held against a shell: `curl` there tells what it was given.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../model/json.ts";
import { parseJson } from "../model/json.ts";
import { curlOf, hookAddress } from "./hook.ts";

const SECRET = 'a key\'s "own" $text';

function sent(config: JsonObject, event: Json, secret = SECRET): string[] {
  const lines = curlOf("https://weft.example/hooks/main/test/a", config, event);
  const told = `curl() { printf '%s\\0' "$@"; }\n${lines}`;
  const env = { ...process.env, SECRET: secret };
  return execFileSync("bash", ["-euc", told], { env }).toString().split("\0").slice(0, -1);
}

function after(args: readonly string[], option: string): string[] {
  return args.flatMap((one, at) => (args[at - 1] === option ? [one] : []));
}

const hmac = (key: string | Buffer, text: string, hash = "sha256") =>
  createHmac(hash, key).update(text);

test("an address has each name of its path for itself", () => {
  expect(hookAddress("https://w:8", "main", "test", "/pay trace/a?b")).toBe(
    "https://w:8/hooks/main/test/pay%20trace/a%3Fb",
  );
});

test("the event comes out of the shell as it went in, to the last digit", () => {
  const text = `{"a": 12345678901234567.10, "b": "it's $HOME \`id\` \\\\ \\"x\\"\\n"}`;
  const args = sent({ verify: { type: "none" } }, parseJson(text));
  expect(parseJson(after(args, "--data-binary")[0] ?? "")).toEqual(parseJson(text));
  expect(after(args, "--header")).toEqual(["Content-Type: application/json"]);
  expect(after(args, "--request")).toEqual(["POST"]);
  expect(args.at(-1)).toBe("https://weft.example/hooks/main/test/a");
});

test("texts go as they are, GET has no body", () => {
  const args = sent({ accept: "text", verify: { type: "none" } }, "a;b\n1;2\n");
  expect(after(args, "--data-binary")).toEqual(["a;b\n1;2\n"]);
  expect(after(args, "--header")).toEqual(["Content-Type: text/plain"]);
  expect(sent({ method: "GET", verify: { type: "none" } }, {})).toEqual([
    "--request",
    "GET",
    "https://weft.example/hooks/main/test/a",
  ]);
});

test("tokens and passwords come from the shell's own variable", () => {
  const bearer = sent({ verify: { type: "bearer", secret: "token" } }, {});
  expect(after(bearer, "--header")).toContain(`Authorization: Bearer ${SECRET}`);
  const own = sent({ verify: { type: "bearer", header: "X-Key", prefix: "$k " } }, {});
  expect(after(own, "--header")).toContain(`X-Key: $k ${SECRET}`);
  const basic = sent({ verify: { type: "basic", user: 'an"na' } }, {});
  expect(after(basic, "--user")).toEqual([`an"na:${SECRET}`]);
});

test("a signature is the one that the program works out", () => {
  const verify = { type: "hmac", header: "X-Sign", prefix: "sha256=" };
  const body = '{"a":"ü"}';
  const plain = sent({ verify }, { a: "ü" });
  expect(after(plain, "--data-binary")).toEqual([body]);
  expect(after(plain, "--header")).toContain(`X-Sign: sha256=${hmac(SECRET, body).digest("hex")}`);

  const other = { ...verify, algorithm: "sha512", encoding: "base64", prefix: "" };
  expect(after(sent({ verify: other }, { a: "ü" }), "--header")).toContain(
    `X-Sign: ${hmac(SECRET, body, "sha512").digest("base64")}`,
  );

  const key = Buffer.from([0, 255, 10, 13, 7]);
  const coded = sent({ verify: { ...verify, key_encoding: "base64" } }, {}, key.toString("base64"));
  expect(after(coded, "--header")).toContain(`X-Sign: sha256=${hmac(key, "{}").digest("hex")}`);

  const timed = after(sent({ verify: { ...verify, timestamp_header: "X-Time" } }, {}), "--header");
  const time = timed.find((one) => one.startsWith("X-Time: "))?.slice(8) ?? "";
  expect(time).toMatch(/^\d+$/);
  expect(timed).toContain(`X-Sign: sha256=${hmac(SECRET, `${time}.{}`).digest("hex")}`);

  const parts = { ...verify, prefix: "", signature_part: "v1", timestamp_part: "t" };
  const [, both = ""] = after(sent({ verify: parts }, {}), "--header");
  const [, at = "", sign] = /^X-Sign: t=(\d+);v1=(.*)$/.exec(both) ?? [];
  expect(sign).toBe(hmac(SECRET, `${at}.{}`).digest("hex"));
});

test("a large event is read from a file", () => {
  const lines = curlOf("https://w/hooks/a", { verify: { type: "none" } }, { a: "x".repeat(5000) });
  expect(lines).toMatch(/^BODY="\$\(cat event.json\)"\n/);
});
