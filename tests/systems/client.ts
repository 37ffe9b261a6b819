// A plain client of the Dynamics 365 stand-in, for its own tests.
import assert from "node:assert/strict";
import { demoClient } from "./dynamics365/dynamics365.ts";
import { type Json, type JsonObject, isObject, readJson } from "./lib/json.ts";

export interface Got {
  status: number;
  headers: Headers;
  json: Json;
}

export class Client {
  readonly url: string;
  token = "";

  constructor(url: string) {
    this.url = url;
  }

  async signIn(change: Record<string, string> = {}, tenant = demoClient.tenant): Promise<Got> {
    const form = new URLSearchParams({
      grant_type: "client_credentials", client_id: demoClient.id, client_secret: demoClient.secret,
      scope: `${this.url}/.default`, ...change,
    });
    const answer = await fetch(`${this.url}/${tenant}/oauth2/v2.0/token`, { method: "POST", body: form });
    const got = { status: answer.status, headers: answer.headers, json: readJson(await answer.text()) };
    const token = isObject(got.json) ? got.json.access_token : undefined;
    if (typeof token === "string") this.token = token;
    return got;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Got> {
    const answer = await fetch(this.url + path, {
      method, ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${this.token}`, accept: "application/json", "odata-version": "4.0",
        "odata-maxversion": "4.0", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers,
      },
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: text === "" ? null : readJson(text) };
  }
}

export function object(json: Json | undefined): JsonObject {
  assert.ok(isObject(json), `expected an object, not ${JSON.stringify(json)}`);
  return json;
}

export function errorOf(got: Got): { code: string; message: string } {
  const error = object(object(got.json).error);
  const inner = isObject(error.innererror) ? error.innererror.message : error.message;
  assert.ok(typeof error.code === "string" && typeof inner === "string");
  return { code: error.code, message: inner };
}
