// Ways in which a stand-in misbehaves when it is told to. A fault waits for requests that match it, lets `skip` of them
// pass, then spoils `times` of them (0: until it is cleared). Where two faults match, the older one acts.
import { type Json, type JsonObject, isObject, Numeral } from "./json.ts";

export const faultKinds = [
  "refuse", // the listener is closed for `ms`: connections are refused; the request that meets it is reset
  "reset_before", // RST without doing it
  "reset_after", // does it, then RST
  "silent_before", // never answers, and does not do it
  "silent_after", // does it, and never answers
  "delay", // does it and answers, `ms` later
  "status", // does it, but answers `status` (done: false: without doing it)
  "half_body", // does it, sends half of the answer's body, closes
  "wrong_body", // does it, answers the right status with `body`
  "other_answer", // does it, answers what another request of this kind was answered before
  "reuse_death", // answers as always; the next request on the same connection is done, then RST
  "throttle", // 429 with Retry-After `seconds`, without doing it
  "expire_tokens", // at once: no token issued so far is accepted any more
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  kind: FaultKind;
  method?: string; // of the requests meant; default: all
  path?: string; // regular expression over path and query, as sent; default: all
  skip?: number;
  times?: number; // default 1
  ms?: number;
  status?: number;
  seconds?: number;
  body?: string;
  done?: boolean;
}

export interface Fault extends FaultRule {
  hits: number; // requests spoiled so far
  seen: number; // requests that matched
}

export class FaultError extends Error {}

const wanted: Partial<Record<FaultKind, keyof FaultRule>> = {
  refuse: "ms", delay: "ms", status: "status", wrong_body: "body", throttle: "seconds",
};

export class Faults {
  readonly list: Fault[] = [];

  add(rule: FaultRule): Fault {
    const need = wanted[rule.kind];
    if (need !== undefined && rule[need] === undefined)
      throw new FaultError(`a fault of kind ${rule.kind} needs "${need}"`);
    if (rule.path !== undefined) new RegExp(rule.path); // a bad expression is told now, not at the request
    const fault: Fault = { ...rule, hits: 0, seen: 0 };
    this.list.push(fault);
    return fault;
  }

  clear(): void {
    this.list.length = 0;
  }

  /** The fault that spoils this request, counted; undefined: none. */
  take(method: string, target: string): Fault | undefined {
    for (const fault of this.list) {
      if (fault.method !== undefined && fault.method !== method) continue;
      if (fault.path !== undefined && !new RegExp(fault.path).test(target)) continue;
      const times = fault.times ?? 1;
      if (times !== 0 && fault.hits >= times) continue;
      fault.seen += 1;
      if (fault.seen <= (fault.skip ?? 0)) continue;
      fault.hits += 1;
      return fault;
    }
    return undefined;
  }
}

/** Reads a rule from the control end point's JSON; throws FaultError with what is wrong. */
export function readFault(json: Json): FaultRule {
  if (!isObject(json)) throw new FaultError("a fault is an object");
  const kind = json.kind;
  if (typeof kind !== "string" || !(faultKinds as readonly string[]).includes(kind))
    throw new FaultError(`"kind" must be one of ${faultKinds.join(", ")}`);
  const rule: FaultRule = { kind: kind as FaultKind };
  for (const [name, value] of Object.entries(json)) if (name !== "kind") readMember(rule, name, value);
  return rule;
}

function readMember(rule: FaultRule, name: string, value: Json): void {
  switch (name) {
    case "method": case "path": case "body":
      if (typeof value !== "string") throw new FaultError(`"${name}" must be a text`);
      rule[name] = value;
      return;
    case "skip": case "times": case "ms": case "status": case "seconds":
      if (!(value instanceof Numeral) || !Number.isInteger(value.value) || value.value < 0)
        throw new FaultError(`"${name}" must be a whole number`);
      rule[name] = value.value;
      return;
    case "done":
      if (typeof value !== "boolean") throw new FaultError(`"done" must be true or false`);
      rule.done = value;
      return;
    default:
      throw new FaultError(`a fault has no "${name}"`);
  }
}

export function faultJson(fault: Fault): JsonObject {
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(fault) as [string, string | number | boolean][])
    json[name] = typeof value === "number" ? new Numeral(String(value)) : value;
  return json;
}
