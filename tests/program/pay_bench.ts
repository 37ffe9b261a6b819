// A world in which each action of a connector has a flow of its own, behind a webhook that answers with its output.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demoAccount } from "../systems/cybersource/cybersource.ts";
import { type JsonObject, Numeral, isObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";
import { actionFlow, paySecret } from "./pay.ts";
import { type Server, World } from "./world.ts";

const manifests = join(import.meta.dirname, "../../nodes/connectors");
export const env = { WEFT_DEMO_PAY_SECRET: paySecret, WEFT_DEMO_CYBERSOURCE_SECRET: demoAccount.secret };

export function num(text: string): Numeral {
  return new Numeral(text);
}

/** A world with a flow for each action of a connector. */
export class Bench {
  readonly world = new World(env);
  readonly called = new Set<string>();
  readonly actions: string[];
  readonly connector: string;
  server!: Server;
  readonly #manifest: Record<string, { example?: { input?: JsonObject }; examples?: { input?: JsonObject }[] }>;

  constructor(connector: string, connection: object) {
    this.connector = connector;
    const manifest = readJson(readFileSync(join(manifests, connector, "manifest.json"), "utf8")) as unknown as
      { actions: Record<string, { save?: boolean; example?: { input?: JsonObject };
        examples?: { input?: JsonObject }[] }> };
    this.#manifest = manifest.actions;
    // Those whose answer becomes a file are asked by the settlements' tests and by download.test.ts.
    this.actions = Object.keys(manifest.actions).filter((action) => manifest.actions[action]?.save !== true);
    const more = { "connections.json": { weft: 1, connections: { pay: connection } } };
    for (const action of this.actions)
      this.world.flow(action.replaceAll("_", "-"), actionFlow({ connector, action, path: `pay/${action}`,
        retry: { attempts: 2, backoff: "fixed", initial: "50ms" } }), more);
  }

  async start(): Promise<void> {
    this.server = await this.world.serve();
  }

  /** The input of the action's example. */
  example(action: string): JsonObject {
    const { example, examples } = this.#manifest[action] ?? {};
    return example?.input ?? examples?.[0]?.input ?? {};
  }

  /** Asks, waits for nobody, and gives what was answered: also for actions whose outcome nobody knows. */
  async tell(action: string, input: JsonObject): Promise<string> {
    try {
      const answer = await fetch(this.server.hook(`pay/${action}`), { method: "POST", body: writeJson(input),
        headers: { "content-type": "application/json" }, signal: AbortSignal.timeout(3000) });
      return await answer.text();
    } catch {
      return "";
    }
  }

  async post(action: string, input: JsonObject): Promise<{ status: number; json: JsonObject }> {
    this.called.add(action);
    const answer = await fetch(this.server.hook(`pay/${action}`), { method: "POST", body: writeJson(input),
      headers: { "content-type": "application/json" } });
    const json = readJson(await answer.text());
    return { status: answer.status, json: isObject(json) ? json : { list: json } };
  }

  /** The action's output; an error fails the test with its text. */
  async ok(action: string, input: JsonObject = {}): Promise<JsonObject> {
    const { status, json } = await this.post(action, input);
    assert.equal(status, 200, `${action}: ${writeJson(json)}`);
    return json;
  }

  /** The kind and text of its failure. */
  async fails(action: string, input: JsonObject): Promise<string> {
    const { status, json } = await this.post(action, input);
    assert.notEqual(status, 200, `${action}: ${writeJson(json)}`);
    const [run] = await this.world.runs("");
    const shown = await this.world.show(run?.run ?? "");
    return `${shown.error?.kind ?? ""}: ${shown.error?.text ?? ""}`;
  }

  isWhole(): void {
    assert.deepEqual(this.actions.filter((action) => !this.called.has(action)), []);
  }
}

export function textOf(json: JsonObject, ...path: string[]): string {
  let at: JsonObject = json;
  for (const name of path.slice(0, -1)) {
    const next = at[name];
    assert.ok(isObject(next), `${path.join(".")} is not in ${writeJson(json)}`);
    at = next;
  }
  return scalar(at[path.at(-1) ?? ""]);
}
