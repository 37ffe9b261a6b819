// How the real program signs in, put to others: to oidc-provider, a certified OpenID provider, by each grant and each
// way to show who the client is, over kills; and to Cybersource's own SDK, which must sign the same request the same.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { jwtVerify } from "jose";
import Provider, { type KoaContextWithOIDC } from "oidc-provider";
import { eventually, program, type Server, World } from "../program/world.ts";

interface Heard { method: string; path: string; headers: IncomingMessage["headers"]; body: string }

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: typeof rsa.privateKey): string => key.export({ type: "pkcs8", format: "pem" }) as string;
const jwk = (key: typeof rsa.publicKey, kid: string): object => ({ ...key.export({ format: "jwk" }), kid, use: "sig" });
const clientSecret = "canary-client +/:%secret-3f9a7c1e5b2d8e6f4a0c";
const env: Record<string, string> = {
  CLIENT_SECRET: clientSecret, RSA_KEY: pem(rsa.privateKey), CURVE_KEY: pem(curve.privateKey),
  SHARED_KEY: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
};

let world: World;
let server: Server;
let provider: Provider;
let issuer: string;
let api: string;
let seconds = 600;
const servers: HttpServer[] = [];
const heard: Heard[] = [];
const asked: string[] = [];

async function open(answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
  const http = createServer(answer);
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** The system behind: takes whatever bears a token that the provider knows. */
async function system(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString();
  heard.push({ method: req.method ?? "", path: req.url ?? "", headers: req.headers, body });
  const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? "")?.[1] ?? "";
  const known = req.url?.startsWith("/signed") === true ||
    await provider.AccessToken.find(token) !== undefined || await provider.ClientCredentials.find(token) !== undefined;
  res.writeHead(known ? 200 : 401, { "content-type": "application/json" }).end("{}");
}

function setUp(): Provider {
  const base = { redirect_uris: [], response_types: [] };
  const made = new Provider(issuer, {
    clients: [
      { ...base, client_id: "post", client_secret: clientSecret, grant_types: ["client_credentials"],
        token_endpoint_auth_method: "client_secret_post" },
      { ...base, client_id: "basic", client_secret: clientSecret, grant_types: ["client_credentials"],
        token_endpoint_auth_method: "client_secret_basic" },
      { ...base, client_id: "rsa", grant_types: ["client_credentials"], token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "RS256", jwks: { keys: [jwk(rsa.publicKey, "r1")] } },
      { ...base, client_id: "pss", grant_types: ["client_credentials"], token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "PS256", jwks: { keys: [jwk(rsa.publicKey, "r1")] } },
      { ...base, client_id: "curve", grant_types: ["client_credentials"], token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256", jwks: { keys: [jwk(curve.publicKey, "e1")] } },
      { client_id: "person", application_type: "native", redirect_uris: ["http://127.0.0.1/callback"],
        response_types: ["code"], grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "none" },
    ] as never,
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    pkce: { required: () => true },
    issueRefreshToken: () => Promise.resolve(true),
    rotateRefreshToken: true,
    cookies: { keys: ["a test's"] },
    ttl: { AccessToken: () => seconds, ClientCredentials: () => seconds },
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_ctx: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx: KoaContextWithOIDC) => {
      const { accountId } = ctx.oidc.session ?? {};
      if (accountId === undefined || ctx.oidc.client === undefined) return undefined;
      const grant = new ctx.oidc.provider.Grant({ accountId, clientId: ctx.oidc.client.clientId });
      grant.addOIDCScope("openid offline_access");
      await grant.save();
      return grant;
    },
  });
  return made;
}

const secrets: Record<string, object> = {
  client: { env: "CLIENT_SECRET" }, rsa: { env: "RSA_KEY" }, curve: { env: "CURVE_KEY" }, shared: { env: "SHARED_KEY" },
};

function flow(name: string, auth: Record<string, unknown>, path = "/orders?a=b%20c", method = "POST"): void {
  const named = Object.values(auth);
  const uses = Object.fromEntries(Object.entries(secrets).filter(([secret]) => named.includes(secret)));
  world.flow(name, {
    weft: 1, name,
    nodes: [{ id: "go", type: "trigger.webhook", config: { path: name, verify: { type: "none" } } },
      { id: "ask", type: "connector.http", connection: "erp",
        config: { method, path, ...method === "POST" ? { body: "=trigger.body" } : {} }, retry: { attempts: 1 } }],
    edges: [{ from: "go", to: "ask" }],
  }, { "connections.json": { weft: 1, connections: {
    erp: { connector: "http", base_url: api, auth, secrets: uses } } } });
}

async function run(name: string): Promise<string> {
  const answer = await fetch(server.hook(name),
    { method: "POST", body: '{"n":1}', headers: { "content-type": "application/json" } });
  const { run: id } = await answer.json() as { run: string };
  return id;
}
async function succeeds(name: string): Promise<Heard> {
  const shown = await world.settled(await run(name));
  assert.equal(shown.status, "succeeded", `${JSON.stringify(shown.error)}\n${world.stderr}`);
  const last = heard.at(-1);
  assert.ok(last);
  return last;
}

/** A browser without a face: follows redirects, keeps cookies, stops where the program listens. */
async function browse(start: string): Promise<void> {
  const jar = new Map<string, string>();
  let at = start;
  for (let i = 0; i < 20; i++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(at, { redirect: "manual", headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") jar.delete(name); else jar.set(name, value);
    }
    const next = answer.headers.get("location");
    if (next === null) return;
    at = new URL(next, at).href;
  }
  throw new Error("the browser goes round in circles");
}

before(async () => {
  world = new World(env);
  api = await open((req, res) => { void system(req, res); });
  issuer = await open((req, res) => {
    asked.push(req.url ?? "");
    if (req.url?.startsWith("/interaction/") === true)
      void provider.interactionFinished(req, res, { login: { accountId: "someone" }, consent: {} });
    else
      void provider.callback()(req, res);
  });
  provider = setUp();
  const cc = { type: "oauth2_client_credentials", token_url: `${issuer}/token` };
  flow("post", { ...cc, client_id: "post", secret: "client" });
  flow("basic", { ...cc, client_id: "basic", secret: "client", client_auth: "basic" });
  const own = { ...cc, client_auth: "private_key_jwt", assertion_audience: issuer };
  flow("rsa", { ...own, client_id: "rsa", secret: "rsa", key_id: "r1" });
  flow("pss", { ...own, client_id: "pss", secret: "rsa", algorithm: "PS256" });
  flow("curve", { ...own, client_id: "curve", secret: "curve", algorithm: "ES256" });
  flow("wrong", { ...cc, client_id: "post", secret: "shared" });
  flow("person", { type: "oauth2_authorization_code", authorize_url: `${issuer}/auth`, token_url: `${issuer}/token`,
    client_id: "person", scope: "openid offline_access", parameters: { prompt: "consent" } });
  flow("signed", { type: "cybersource_http_signature", user: "acme_test", key_id: "k-1", secret: "shared" },
    "/signed/payments?x=1&y=a%20b");
  flow("read", { type: "cybersource_http_signature", user: "acme_test", key_id: "k-1", secret: "shared" },
    "/signed/reports?from=2026-11-20T00:00:00.000Z", "GET");
  flow("token", { type: "cybersource_jwt", user: "acme_test", key_id: "k-1", secret: "shared" }, "/signed/pay?x=1");
  server = await world.serve();
});
after(async () => {
  await world.end();
  for (const http of servers) { http.closeAllConnections(); http.close(); }
});

describe("a certified provider", () => {
  for (const name of ["post", "basic", "rsa", "pss", "curve"])
    it(`gives a token to the client "${name}"`, async () => {
      const { headers } = await succeeds(name);
      assert.match(headers.authorization ?? "", /^Bearer /);
    });

  it("refuses a wrong secret, and the connection halts", async () => {
    const shown = await world.show(await run("wrong"));
    assert.notEqual(shown.status, "succeeded");
    await sleep(200);
    assert.match(world.stderr, /invalid_client/);
  });

  it("takes a person's consent, and a new refresh token each time, over kills", async () => {
    const waiting = await run("person");
    const child = spawn(program, ["connections", "authorize", "main/production/person/erp", "--data", world.data],
      { env: world.env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (part: Buffer) => { said += part.toString(); });
    seconds = 3;
    await browse(await eventually("a URL to open", () => /^http\S+$/m.exec(said)?.[0]));
    await eventually("the command ends", () => child.exitCode !== null);
    assert.equal(child.exitCode, 0, said + world.stderr);
    await eventually("the run that waited goes on", async () => (await world.show(waiting)).status === "succeeded");
    for (let i = 0; i < 3; i++) {
      await sleep(3200);
      if (i > 0) { await server.kill(); server = await world.serve(); }
      await succeeds("person");
    }
    assert.ok(asked.filter((path) => path === "/token").length >= 4);
  });

  it("leaves no trace of secrets in what the program says", () => {
    for (const secret of [clientSecret, "BEGIN PRIVATE KEY", env.SHARED_KEY ?? ""])
      assert.ok(!world.stderr.includes(secret));
  });
});

describe("Cybersource's own SDK", () => {
  const require = createRequire(import.meta.url);
  const signer = require("cybersource-rest-client/src/authentication/http/HTTPSigToken.js") as {
    getToken: (config: object, logger: object, date: string) => string;
  };
  const config = (ask: Heard): object => ({
    getRequestType: () => ask.method, getRequestHost: () => ask.headers.host, getRequestTarget: () => ask.path,
    getMerchantKeyID: () => "k-1", getMerchantID: () => "acme_test", getMerchantsecretKey: () => env.SHARED_KEY,
    getUseMetaKey: () => false, getRequestJsonData: () => ask.body,
  });
  const logger = { info: () => undefined, error: (text: unknown) => { throw new Error(String(text)); } };

  for (const name of ["signed", "read"])
    it(`signs the same request the same (${name})`, async () => {
      const ask = await succeeds(name);
      const date = ask.headers.date ?? "";
      assert.ok(Math.abs(Date.parse(date) - Date.now()) < 20_000);
      assert.equal(ask.headers.signature, signer.getToken(config(ask), logger, date));
      assert.equal(ask.headers["v-c-merchant-id"], "acme_test");
    });

  it("makes a token of the request that jose verifies", async () => {
    const ask = await succeeds("token");
    const token = ask.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const { payload, protectedHeader } = await jwtVerify(token, Buffer.from(env.SHARED_KEY ?? "", "base64"),
      { algorithms: ["HS256"], issuer: "acme_test", maxTokenAge: "2 minutes" });
    assert.equal(protectedHeader.kid, "k-1");
    assert.equal(payload["request-host"], ask.headers.host);
    assert.equal(payload["request-resource-path"], ask.path);
    assert.equal(payload["request-method"], "post");
    assert.equal(payload.digest, createHash("sha256").update(ask.body).digest("base64"));
  });
});
