// Secrets at work while the contract is asked: no answer and no event may hold one. Each is a canary, a text that
// stands nowhere else.
import assert from "node:assert/strict";
import { request, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Answer, ask } from "./contract.ts";
import { type Server, World, eventually } from "./world.ts";

const canaries = {
  hook: "canary-contract-hook-a1f7", // of a webhook, which its caller shows
  key: "canary-contract-key-b2e8",   // of a connection
  vault: "canary-contract-vault-c3d9",
  cookie: "canary-contract-cookie-d4c6",
};

export const secretEnv = { CANARY_HOOK: canaries.hook, CANARY_KEY: canaries.key };

const texts = Object.values(canaries).flatMap((text) =>
  [text, Buffer.from(text).toString("hex"), Buffer.from(text).toString("base64").replace(/=+$/, "")]);

export function tellsNone(about: string, said: string): void {
  assert.ok(!texts.some((text) => said.includes(text)), `${about}: it tells a secret`);
}

/** Refuses half of what it is asked; each answer says whether it knew the key, and quotes the headers it got. */
function system(): ReturnType<typeof createServer> {
  return createServer((asked, answer) => {
    const known = asked.headers.authorization === `Bearer ${canaries.key}`;
    const status = !known ? 500 : asked.url === "/fine" ? 200 : asked.url === "/wrong" ? 422 : 401;
    answer.writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify({ known, sent: asked.headers }));
  });
}

const flow = (name: string): object => ({
  weft: 1, name: "With secrets",
  nodes: [
    { id: "in", type: "trigger.webhook", config: { path: name, verify: { type: "bearer", secret: "hook" } } },
    { id: "fine", type: "connector.http", connection: "erp", config: { method: "GET", path: "/fine" } },
    { id: "last", type: "connector.http", connection: "erp", config: { method: "POST", path: `/${name}`, body: {} } },
  ],
  edges: [{ from: "in", to: "fine" }, { from: "fine", to: "last" }],
});

export interface Live {
  events: string[];
  end: () => void;
}
export interface Secrets {
  live: Live;
  runs: string[]; // in which they were used
  connection: string;
}

/** Flows whose runs fail and wait for a credential; to be called before the program starts. */
export async function writeSecretFlows(world: World): Promise<() => void> {
  const server = system();
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of ["wrong", "refused"])
    world.flow(name, flow(name), { "connections.json": { weft: 1,
      connections: { erp: { connector: "http", base_url: base, auth: { type: "bearer", secret: "key" },
        secrets: { key: { env: "CANARY_KEY" } } } },
      secrets: { hook: { env: "CANARY_HOOK" } } } });
  return () => { server.close(); };
}

/** All that is told live from here on. */
function listen(world: World): Live {
  const events: string[] = [];
  const topics = "run,exception,connection,deployment,draft,alert,job";
  const path = `/api/v1/events?topics=${topics}&workspace=main`;
  const call = request({ socketPath: join(world.data, "weft.sock"), path }, (answer) => {
    answer.setEncoding("utf8");
    answer.on("data", (part: string) => events.push(part));
    answer.on("error", () => undefined);
  });
  call.on("error", () => undefined);
  call.end();
  return { events, end: () => { call.destroy(); } };
}

/** One run of each, one secret in the vault, callers who show what they should not have to. */
export async function useSecrets(world: World, server: Server): Promise<Secrets> {
  const live = listen(world);
  const local = { socketPath: join(world.data, "weft.sock") };
  const set: Answer = await ask(local, { method: "POST", path: "/vault/canary/set",
    headers: { "content-type": "application/json" }, body: JSON.stringify({ value: canaries.vault }) });
  assert.equal(set.status, 200, set.text);
  for (const name of ["wrong", "refused"]) {
    const headers = { "content-type": "application/json", authorization: `Bearer ${canaries.hook}`,
      cookie: `session=${canaries.cookie}` };
    const answer = await fetch(server.hook(name), { method: "POST", body: "{}", headers });
    assert.equal(answer.status, 202, await answer.text());
  }
  const halted = await eventually("one has failed, and the credential of the other is refused", async () => {
    const runs = await world.runs();
    if (!runs.some((run) => run.flow === "wrong" && run.error?.kind === "invalid")) return undefined;
    return world.connections().find((one) => one.state === "halted");
  });
  const runs = (await world.runs()).filter((run) => run.flow in { wrong: 1, refused: 1 }).map((run) => run.run);
  return { live, runs, connection: halted.connection };
}
