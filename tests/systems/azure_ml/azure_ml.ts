// An online endpoint of Azure Machine Learning: POST /score with a key or a token, MLflow and custom bodies, the errors
// of the troubleshooting page. Tokens come from the Entra of the Dynamics 365 stand-in.
import { randomUUID } from "node:crypto";
import { Entra } from "../dynamics365/entra.ts";
import { demoClient } from "../dynamics365/dynamics365.ts";
import { isObject, type Json, Numeral, readJson } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";

export const keys = ["primary-key-of-the-endpoint", "secondary-key-of-the-endpoint"] as const;
export type Mode = "ok" | "no_role" | "no_traffic" | "model_slow" | "model_broken" | "busy" | "double";

export class AzureMl implements System {
  readonly entra = new Entra({ tenants: [demoClient.tenant], clients: { [demoClient.id]: demoClient.secret },
    lifetime: 3599, now: Date.now, knownResource: (resource) => resource === "https://ml.azure.com" });
  mode: Mode = "ok";
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async answer(ask: Ask): Promise<Answer> {
    if (/^\/[^/]+\/oauth2\//.test(ask.path)) return this.entra.answer(ask);
    const headers = { "x-request-id": randomUUID() };
    if (ask.method !== "POST" || ask.path !== "/score") return { status: 404, headers, text: "Not Found" };
    const key = /^Bearer (.+)$/.exec(ask.headers.authorization ?? "")?.[1] ?? "";
    const known = (keys as readonly string[]).includes(key)
      || await this.entra.accepts(ask.headers.authorization, (audience) => audience === "https://ml.azure.com");
    if (!known) return { status: 401, headers, text: "key_auth_access_denied" };
    return this.#score(ask, headers);
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { "retry-after": String(seconds) }, text: "Rate-limiting" };
  }

  expireTokens(): void {
    this.entra.expireTokens();
  }

  #score(ask: Ask, headers: Record<string, string>): Answer {
    switch (this.mode) {
      case "no_role": return { status: 403, headers, text: "The identity lacks the action score/action" };
      case "no_traffic": return { status: 404, headers, text: "No deployment with positive traffic weight" };
      case "model_slow": return { status: 408, headers, text: "Upstream request timed out" };
      case "busy": return { status: 429, headers, text: "Too many pending requests" };
      case "model_broken":
        return { status: 424, headers: { ...headers, "ms-azureml-model-error-statuscode": "500",
          "ms-azureml-model-error-reason": "model_error" }, text: "Model returned 500" };
      case "ok": case "double": break;
    }
    const rows = readRows(ask.body);
    if (rows === undefined)
      return { status: 424, headers: { ...headers, "ms-azureml-model-error-statuscode": "400" },
        text: "Parameter 'input_data' is required" };
    const scores = rows.map(scoreOf);
    this.#ledger.add("score", "scores", headers["x-request-id"] ?? "",
      { rows, scores, deployment: ask.headers["azureml-model-deployment"] ?? null }, []);
    return { status: 200, headers, body: this.mode === "double" ? JSON.stringify(scores) : scores };
  }
}

/** Of the three forms of MLflow, and of {"data": [[...]]}. */
function readRows(body: string): Json[] | undefined {
  const json = readJson(body);
  const input = isObject(json) ? json.input_data ?? json.data : undefined;
  if (Array.isArray(input)) return input;
  if (!isObject(input)) return undefined;
  if (Array.isArray(input.data) && Array.isArray(input.columns)) return input.data;
  const first = Object.values(input)[0];
  return Array.isArray(first) ? first : undefined;
}

/** A model that anybody can check by hand: the first number of a row by 1000, at most 1. */
function scoreOf(row: Json): Numeral {
  const first = Array.isArray(row) ? row.find((value) => value instanceof Numeral) : row;
  return new Numeral(String(Math.min(1, (first instanceof Numeral ? first.value : 0) / 1000)));
}

export async function openAzureMl(options: StandInOptions = {}): Promise<{ system: AzureMl; standIn: StandIn }> {
  const ledger = options.ledger ?? new Ledger();
  const system = new AzureMl(ledger);
  return { system, standIn: await StandIn.open(system, { ...options, ledger }) };
}
