// Chat completions in both shapes: OpenAI's with a bearer key, POST /v1/chat/completions, and Azure's with the header
// api-key, POST /openai/deployments/D/chat/completions?api-version=V. Keeps each request as it came; what the model
// says is told by whoever tests, since nothing here thinks.
import { isObject, type Json, readJson } from "../lib/json.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Answer, type Ask, StandIn, type StandInOptions, type System } from "../lib/stand_in.ts";

export const key = "canary-model-key-4be1";
export const deployment = "names-and-more";
export const apiVersion = "2024-10-21";

function wrong(status: number, message: string, code: string): Answer {
  return { status, body: { error: { message, code } } };
}

export class OpenAi implements System {
  readonly asked: Ask[] = [];
  content: string | null = "{\"pairs\": []}"; // what the model says next

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface's other systems wait
  async answer(ask: Ask): Promise<Answer> {
    this.asked.push(ask);
    const azure = ask.path === `/openai/deployments/${deployment}/chat/completions`;
    if (ask.method !== "POST" || (!azure && ask.path !== "/v1/chat/completions"))
      return wrong(404, "Resource not found", "404");
    if ((azure ? ask.headers["api-key"] : ask.headers.authorization) !== (azure ? key : `Bearer ${key}`))
      return wrong(401, "Incorrect API key provided", "invalid_api_key");
    if (azure && ask.query.get("api-version") !== apiVersion) return wrong(404, "Resource not found", "404");
    const body = readJson(ask.body);
    const messages: Json = isObject(body) ? body.messages ?? null : null;
    if (!isObject(body) || !Array.isArray(messages) || messages.length === 0)
      return wrong(400, "'messages' is a required property", "invalid_request_error");
    if (!azure && typeof body.model !== "string") return wrong(400, "you must provide a model parameter", "missing");
    return { status: 200, body: { id: "chatcmpl-1", object: "chat.completion", created: "1763800000",
      model: azure ? "gpt-4o-mini-2024-07-18" : body.model ?? null,
      choices: [{ index: "0", message: { role: "assistant", content: this.content }, finish_reason: "stop" }] } };
  }

  throttled(seconds: number): Answer {
    return { ...wrong(429, "Rate limit reached", "rate_limit_exceeded"), headers: { "retry-after": String(seconds) } };
  }

  expireTokens(): void {
    // has no tokens
  }
}

export async function openOpenAi(options: StandInOptions = {}): Promise<{ system: OpenAi; standIn: StandIn }> {
  const system = new OpenAi();
  return { system, standIn: await StandIn.open(system, { ...options, ledger: options.ledger ?? new Ledger() }) };
}
