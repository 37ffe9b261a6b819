// The stand-in as a process: one line when ready, a ledger file, an end on SIGTERM. And the sender of payment events.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import { Client, object } from "./client.ts";
import { readJson, scalar } from "./lib/json.ts";
import { eventText, paymentEvent, sign } from "./paytrace/event.ts";
import { Sender } from "./paytrace/sender.ts";

const folder = mkdtempSync(join(tmpdir(), "stand-in-"));
after(() => { rmSync(folder, { recursive: true }); });
const program = join(import.meta.dirname, "serve.ts");

describe("serve.ts", () => {
  it("serves until SIGTERM and writes what was done to a file", async () => {
    const file = join(folder, "ledger.jsonl");
    const child = spawn(process.execPath, [program, "--port", "0", "--ledger", file],
      { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: child.stdout }), "line") as [string];
    assert.match(line, /^http:\/\/127\.0\.0\.1:\d+$/);
    const client = new Client(line);
    await client.signIn();
    await client.ask("PATCH", "/api/data/v9.2/new_payments(new_paytracetransactionid='S-1')", '{"new_amount":7.00}');
    assert.equal((await client.ask("POST", "/_fault", { kind: "reset_before" })).status, 404);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit") as [number];
    assert.equal(code, 0);
    const lines = readFileSync(file, "utf8").trim().split("\n").map((text) => object(readJson(text)));
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.table, "new_payments");
    assert.equal(scalar(object(lines[0].row).new_amount), "7.00");
  });

  it("starts a whole pairing, says what its forms are told, and sells and pays out when it is told to", async () => {
    const child = spawn(process.execPath, [program, "dynamics365-paytrace"], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const until = async (wanted: RegExp): Promise<string> => {
      for (;;) {
        const line = await lines.next();
        assert.ok(line.done !== true, `it does not say ${wanted}`);
        if (wanted.test(line.value)) return line.value;
      }
    };
    const address = (await until(/^ {2}API address: /)).slice("  API address: ".length);
    assert.match(await until(/^Mail server/), /^Mail server \(SMTP\)$/);
    const mails = /^mails: (\S+) shows what was sent$/.exec(await until(/^mails/))?.[1];
    assert.match(await (await fetch(mails ?? "")).text(), /Mails that were sent: 0/);
    assert.match(await until(/^sale/), /^sale \d+: 1\.11 for the invoice INV-1$/);
    await until(/^ready/);
    child.stdin.write("\nstray\nsettle\nbuy\nledger\n");
    assert.match(await until(/^sale/), /invoice INV-2/);
    assert.match(await until(/^sale/), /1250\.\d\d for COUNTER-\d+, which is no invoice/);
    assert.equal(await until(/batch/), "batch 1 is paid out");
    assert.equal(await until(/^say/), 'say sell, stray, settle or ledger, not "buy"');
    assert.equal(await until(/ledger/), "the ledger is empty");
    const told = new URLSearchParams({ grant_type: "password", username: "weft-api", password: "demo-paytrace-api" });
    assert.equal((await fetch(`${address}/oauth/token`, { method: "POST", body: told })).status, 200);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("shows the right form of a wrong command", () => {
    for (const wrong of [["--port", "many"], ["sage"], ["--colour"], ["dynamics-sl-paytrace", "shop"]]) {
      const { status, stderr } = spawnSync(process.execPath, [program, ...wrong], { encoding: "utf8" });
      assert.equal(status, 2);
      assert.match(stderr, /usage: serve\.ts/);
    }
  });
});

describe("the sender of payment events", () => {
  it("signs the raw body and keeps the amount's digits", () => {
    const text = eventText(paymentEvent("PT-9", { amount: "100.10" }));
    assert.match(text, /"amount":100\.10,/);
    assert.equal(sign("key", "The quick brown fox jumps over the lazy dog"),
      "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  });

  it("sends an event again until it is acknowledged, and then never more", async () => {
    let asked = 0;
    const bodies = new Set<string>();
    const receiver = createServer((request, response) => {
      asked += 1;
      if (asked === 1) { request.socket.destroy(); return; }
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const body = Buffer.concat(parts).toString("utf8");
        bodies.add(body);
        assert.equal(request.headers["x-signature"], sign("key", body));
        response.writeHead(asked === 2 ? 503 : 202).end('{"run":"R1"}');
      });
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const sender = new Sender({
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, secret: "key", pause_ms: 1,
    });
    const delivery = await sender.deliver(paymentEvent("PT-10"));
    assert.deepEqual([delivery.attempts, delivery.status, delivery.body, delivery.acknowledged],
      [3, 202, '{"run":"R1"}', true]);
    assert.deepEqual([asked, bodies.size, sender.acknowledged.length], [3, 1, 1]);
    sender.close();
    receiver.close();
  });
});

/** The files that one imports, and the packages that they name. */
function imported(file: string, files = new Set<string>(), packages = new Set<string>()): Set<string> {
  if (files.has(file)) return packages;
  files.add(file);
  for (const [, from = ""] of readFileSync(file, "utf8").matchAll(/^(?!import type).*from "([^"]+)";$/gm)) {
    if (from.startsWith(".")) imported(resolve(dirname(file), from), files, packages);
    else if (!from.startsWith("node:")) packages.add(from);
  }
  return packages;
}

describe("what ./run starts", () => {
  it("needs no package that only tests have: it installs without those", () => {
    const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as
      { dependencies: Record<string, string> };
    for (const start of ["serve.ts", "paytrace/send.ts"])
      for (const name of imported(join(import.meta.dirname, start)))
        assert.ok(Object.hasOwn(dependencies, name), `${start} needs ${name}, which ./run does not install`);
  });
});
