// Requests that fit the contract: from its examples, and from what the cases know to be there.
import {
  type Answer, type Asked, type Contract, type Fields, type Operation, type Target, type Value, ask, fill, query, text,
} from "./contract.ts";
import type { Cases } from "./contract_cases.ts";

export class Asker {
  readonly contract: Contract;
  readonly cases: Cases;
  readonly local: Target;

  constructor(contract: Contract, cases: Cases, local: Target) {
    this.contract = contract;
    this.cases = cases;
    this.local = local;
  }

  path(operation: Operation): string {
    const values: Record<string, Value | undefined> = {};
    for (const param of operation.params)
      if (param.in === "path")
        values[param.name] = this.cases.operations[operation.id]?.path?.[param.name] ?? this.cases.path[param.name] ??
          param.example ?? this.contract.sample(param.schema);
    return fill(operation.path, values);
  }

  needed(operation: Operation): Record<string, Value> {
    const values: Record<string, Value> = {};
    for (const param of operation.params)
      if (param.in === "query" && param.required)
        values[param.name] = param.example ?? this.contract.sample(param.schema);
    return { ...values, ...this.cases.operations[operation.id]?.query };
  }

  jsonBody(operation: Operation): Value | undefined {
    return this.cases.operations[operation.id]?.body ??
      operation.bodies.find((body) => body.type.includes("json"))?.examples[0];
  }

  withBody(operation: Operation, value: Value | undefined): Pick<Asked, "headers" | "body"> {
    const media = operation.bodies.find((body) => body.type.includes("json")) ?? operation.bodies[0];
    if (media === undefined || value === undefined) return {};
    const body = media.type.includes("json") ? JSON.stringify(value) : text(value);
    return { headers: { "content-type": media.type }, body };
  }

  /** The newest ETag of what the operation changes, as the GET of its path gives it, or the case's. */
  async #ifMatch(operation: Operation): Promise<Record<string, string>> {
    if (!operation.params.some((param) => param.in === "header" && param.name === "If-Match")) return {};
    const from = this.cases.operations[operation.id]?.etag;
    const reader = this.contract.operations.find((other) => other.path === operation.path && other.method === "GET");
    const path = from ?? (reader === undefined ? undefined : this.path(operation));
    const answer = path === undefined ? undefined : await ask(this.local, { method: "GET", path });
    return { "if-match": answer?.headers.etag?.toString() ?? "\"1\"" };
  }

  /** A request that the operation takes. */
  async good(operation: Operation): Promise<Asked> {
    const body = this.withBody(operation, this.jsonBody(operation) ?? operation.bodies[0]?.examples[0]);
    return { method: operation.method, path: this.path(operation) + query(this.needed(operation)), ...body,
      headers: { ...body.headers, ...await this.#ifMatch(operation) } };
  }
}

export function code(answer: Answer): string {
  return text((answer.json as Fields | undefined)?.code);
}
