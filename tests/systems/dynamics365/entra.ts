// The token end point of Microsoft Entra ID: client credentials, in the v2.0 and v1 forms, with its AADSTS errors.
// Tokens are real signed JWTs; the APIs check signature, audience and expiry.
import { randomUUID } from "node:crypto";
import { type CryptoKey, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { type JsonObject, number } from "../lib/json.ts";
import type { Answer, Ask } from "../lib/stand_in.ts";

export interface EntraOptions {
  tenants: readonly string[];
  clients: Readonly<Record<string, string>>; // client id: secret
  lifetime: number; // seconds a token is good for
  now: () => number; // wall clock, in milliseconds
  knownResource: (resource: string) => boolean;
}

class EntraError extends Error {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  constructor(status: number, error: string, code: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

export class Entra {
  readonly options: EntraOptions;
  issued = 0; // tokens given out
  #keys: Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> | undefined;
  #generation = 0; // tokens of an older one are not accepted
  readonly #checked = new Map<string, { audience: string; expires: number; generation: number }>();

  constructor(options: EntraOptions) {
    this.options = options;
  }

  expireTokens(): void {
    this.#generation += 1;
  }

  /** path: "/TENANT/oauth2/v2.0/token" or "/TENANT/oauth2/token". */
  async answer(ask: Ask): Promise<Answer> {
    const headers = { "cache-control": "no-store, no-cache", pragma: "no-cache" };
    try {
      const found = /^\/([^/]+)\/oauth2\/(v2\.0\/)?token$/.exec(ask.path);
      return { status: 200, headers, body: await this.#issue(ask, found?.[1] ?? "", found?.[2] !== undefined) };
    } catch (reason) {
      if (reason instanceof EntraError) return { status: reason.status, headers, body: errorJson(reason) };
      throw reason;
    }
  }

  /** True when the Authorization header holds a good token for one of the resources. */
  async accepts(authorization: string | undefined, resource: (audience: string) => boolean): Promise<boolean> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) return false;
    const known = this.#checked.get(token) ?? await this.#check(token);
    if (known === undefined) return false;
    const current = known.generation === this.#generation && known.expires > this.options.now() / 1000;
    return current && resource(known.audience);
  }

  async #check(token: string): Promise<{ audience: string; expires: number; generation: number } | undefined> {
    this.#keys ??= generateKeyPair("RS256");
    try {
      const { payload } = await jwtVerify(token, (await this.#keys).publicKey,
        { algorithms: ["RS256"], currentDate: new Date(this.options.now()) });
      const known = { audience: String(payload.aud), expires: payload.exp ?? 0, generation: Number(payload.gen) };
      if (this.#checked.size > 10_000) this.#checked.clear();
      this.#checked.set(token, known);
      return known;
    } catch {
      return undefined; // a foreign, broken or expired token
    }
  }

  async #issue(ask: Ask, tenant: string, second: boolean): Promise<JsonObject> {
    if (ask.method !== "POST")
      throw new EntraError(400, "invalid_request", 900561, "The endpoint only accepts POST requests.");
    if (!this.options.tenants.includes(tenant))
      throw new EntraError(400, "invalid_request", 90002, `Tenant '${tenant}' not found. Check to make sure you `
        + "have the correct tenant ID and are signing into the correct cloud.");
    if (!/^application\/x-www-form-urlencoded\b/i.test(ask.headers["content-type"] ?? ""))
      throw new EntraError(400, "invalid_request", 900144, "The request body must be a form.");
    const form = new URLSearchParams(ask.body);
    this.#checkClient(form);
    const resource = second ? resourceOfScope(wanted(form, "scope")) : wanted(form, "resource");
    if (!this.options.knownResource(resource))
      throw new EntraError(400, "invalid_resource", 500011, `The resource principal named ${resource} was not found `
        + `in the tenant named ${tenant}.`);
    const token = await this.#sign(tenant, wanted(form, "client_id"), resource);
    this.issued += 1;
    return second ? this.#answerV2(token) : this.#answerV1(token, resource);
  }

  #checkClient(form: URLSearchParams): void {
    const grant = wanted(form, "grant_type");
    if (grant !== "client_credentials")
      throw new EntraError(400, "unsupported_grant_type", 70003,
        `The app requested an unsupported grant type '${grant}'.`);
    const client = wanted(form, "client_id");
    const secret = this.options.clients[client];
    if (secret === undefined)
      throw new EntraError(400, "unauthorized_client", 700016, `Application with identifier '${client}' was not found `
        + "in the directory.");
    if (wanted(form, "client_secret", 7000218) !== secret)
      throw new EntraError(401, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being "
        + "sent in the request is the client secret value, not the client secret ID, for a secret added to app "
        + `'${client}'.`);
  }

  async #sign(tenant: string, client: string, resource: string): Promise<string> {
    this.#keys ??= generateKeyPair("RS256");
    const now = Math.floor(this.options.now() / 1000);
    return new SignJWT({ appid: client, appidacr: "1", tid: tenant, ver: "1.0", gen: this.#generation })
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuer(`https://sts.windows.net/${tenant}/`).setAudience(resource).setSubject(client).setJti(randomUUID())
      .setIssuedAt(now).setNotBefore(now).setExpirationTime(now + this.options.lifetime)
      .sign((await this.#keys).privateKey);
  }

  #answerV2(token: string): JsonObject {
    const seconds = number(this.options.lifetime);
    return { token_type: "Bearer", expires_in: seconds, ext_expires_in: seconds, access_token: token };
  }

  #answerV1(token: string, resource: string): JsonObject {
    const now = Math.floor(this.options.now() / 1000);
    const seconds = String(this.options.lifetime);
    return { token_type: "Bearer", expires_in: seconds, ext_expires_in: seconds,
      expires_on: String(now + this.options.lifetime), not_before: String(now), resource, access_token: token };
  }
}

function wanted(form: URLSearchParams, name: string, code = 900144): string {
  const value = form.get(name);
  if (value === null || value === "")
    throw new EntraError(code === 900144 ? 400 : 401, code === 900144 ? "invalid_request" : "invalid_client", code,
      `The request body must contain the following parameter: '${name}'.`);
  return value;
}

function resourceOfScope(scope: string): string {
  if (!scope.endsWith("/.default"))
    throw new EntraError(400, "invalid_scope", 1002012, `The provided value for scope ${scope} is not valid. Client `
      + "credential flows must have a scope value with /.default suffixed to the resource identifier.");
  return scope.slice(0, -"/.default".length);
}

function errorJson(error: EntraError): JsonObject {
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = new Date().toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");
  return {
    error: error.error,
    error_description: `AADSTS${error.code}: ${error.message} Trace ID: ${trace} Correlation ID: ${correlation} `
      + `Timestamp: ${timestamp}`,
    error_codes: [number(error.code)], timestamp, trace_id: trace, correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
  };
}
