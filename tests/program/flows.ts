// Flows that the tests need besides the templates, small enough to be read in one glance.

export const hmac = {
  type: "hmac", header: "X-Signature", algorithm: "sha256", encoding: "hex", secret: "paytrace_webhook",
} as const;
export const secrets = {
  weft: 1, connections: {}, secrets: { paytrace_webhook: { env: "WEFT_DEMO_PAYTRACE_SECRET" } },
};

export const quickRetry = { attempts: 8, backoff: "exponential", initial: "100ms", max: "1s", jitter: 0.1 };

interface Options {
  path: string;
  respond?: "accepted" | "result";
  verify?: object;
  dedupe?: string;
  order_by?: string;
  concurrency?: number;
  retry?: object;
  timeout?: string;
}

/** Answers what it mapped: for the edges of the HTTP side. */
export function echoFlow(options: Options): object {
  return {
    weft: 1, name: "Echo",
    ...(options.dedupe === undefined ? {} : { settings: { dedupe: options.dedupe } }),
    nodes: [
      { id: "hook", type: "trigger.webhook", config: {
        path: options.path, respond: options.respond ?? "result", verify: options.verify ?? { type: "none" } } },
      { id: "entry", type: "transform.map", config: { fields: [
        { to: "id", from: "=trigger.body.transactionId" },
        { to: "amount", from: "=decimal(trigger.body.amount)" },
        { to: "double", from: "=decimal(trigger.body.amount) * 2" },
        { to: "nested.currency", from: "=trigger.body.currency" },
      ] } },
      { id: "say", type: "connector.respond", config: {
        status: 201, headers: { "X-Entry": "=steps.entry.id" }, body: "=steps.entry" } },
    ],
    edges: [{ from: "hook", to: "entry" }, { from: "entry", to: "say" }],
  };
}

/** One HTTP effect for each event. */
export function effectFlow(options: Options & { method: "POST" | "PUT"; url: string }): object {
  const url = options.method === "POST" ? `${options.url}/rows` : `=${JSON.stringify(`${options.url}/rows/`)}`
    + " .. trigger.body.transactionId";
  return {
    weft: 1, name: `Effect by ${options.method}`,
    settings: {
      dedupe: options.dedupe ?? "=trigger.body.transactionId",
      ...(options.order_by === undefined ? {} : { order_by: options.order_by }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    },
    nodes: [
      { id: "hook", type: "trigger.webhook", config: {
        path: options.path, respond: options.respond ?? "accepted", verify: options.verify ?? hmac } },
      { id: "send", type: "connector.http", retry: options.retry ?? quickRetry, timeout: options.timeout ?? "5s",
        config: { method: options.method, url, body: {
          id: "=trigger.body.transactionId", amount: "=decimal(trigger.body.amount)" } } },
    ],
    edges: [{ from: "hook", to: "send" }],
  };
}
