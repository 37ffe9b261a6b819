// What the tests of the payment connectors share: flows that call one action, and faults by lot.
import type { FaultKind, FaultRule } from "../systems/lib/faults.ts";
import type { StandIn } from "../systems/lib/stand_in.ts";

export const paySecret = "canary-paytrace-api-5c0ffee1";

/** mulberry32 */
export function random(state: { seed: number }): number {
  state.seed = (state.seed + 0x6d2b79f5) | 0;
  let t = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

export function paytraceConnection(url: string, version: "v1" | "v3"): object {
  return {
    connector: version === "v1" ? "paytrace" : "paytrace_v3", environment: "sandbox", allow: "127.0.0.1",
    settings: { address: url, user: "weft-api", integrator_id: "9999Weft0001",
      ...(version === "v3" ? { merchant_id: "246810" } : {}) },
    secrets: { password: { env: "WEFT_DEMO_PAY_SECRET" } },
  };
}

export function cybersourceConnection(url: string, auth?: object): object {
  return {
    connector: "cybersource", environment: "custom", allow: "127.0.0.1",
    settings: { address: url, merchant_id: "acme_test", key_id: "11111111-2222-3333-4444-555555555555" },
    secrets: { shared_secret: { env: "WEFT_DEMO_CYBERSOURCE_SECRET" } }, ...(auth === undefined ? {} : { auth }),
  };
}

interface Called {
  connector: string;
  action: string;
  path: string;
  retry?: object;
  timeout?: string;
  config?: object;
}

/** Takes the action's input as body, answers with its output. */
export function actionFlow(called: Called): object {
  return {
    weft: 1, name: called.action,
    nodes: [
      { id: "hook", type: "trigger.webhook",
        config: { path: called.path, respond: "result", verify: { type: "none" } } },
      { id: "act", type: `connector.${called.connector}.${called.action}`, connection: "pay",
        ...(called.retry === undefined ? {} : { retry: called.retry }), timeout: called.timeout ?? "10s",
        config: { input: "=trigger.body", ...called.config } },
      { id: "say", type: "connector.respond", config: { body: "=steps.act" } },
    ],
    edges: [{ from: "hook", to: "act" }, { from: "act", to: "say" }],
  };
}

interface Lot {
  kind: FaultKind;
  rule: Partial<FaultRule>;
}

const lots: readonly Lot[] = [
  { kind: "reset_before", rule: {} }, { kind: "reset_after", rule: {} },
  { kind: "status", rule: { status: 500, done: false } }, { kind: "status", rule: { status: 500, done: true } },
  { kind: "half_body", rule: {} }, { kind: "silent_after", rule: {} }, { kind: "delay", rule: { ms: 150 } },
  { kind: "throttle", rule: { seconds: 0 } }, { kind: "wrong_body", rule: { body: "<html>busy</html>" } },
];

// With these it is all that a peer, or what stands before it, can do to a payment.
const allLots: readonly Lot[] = [...lots,
  { kind: "refuse", rule: { ms: 30 } }, { kind: "silent_before", rule: {} }, { kind: "delay", rule: { ms: 1500 } },
  { kind: "other_answer", rule: {} }, { kind: "reuse_death", rule: {} },
];
export const kinds = allLots.length;

export interface Spoiled {
  hits: Map<string, number>; // by kind
  acted: number; // requests that do something, spoiled or not
}

/** From now on each request is spoiled by one of the kinds, each with that chance. acts: all kinds; and those requests
 * that do something, of which another one's answer can be told from its own (of a search without a hit nobody can).
 * telling: false where an answer names nothing of what was asked for, so that no other one can be told from it. */
export function spoil(standIn: StandIn, chance: number, state: { seed: number }, acts?: RegExp,
  telling = true): Spoiled {
  const spoiled: Spoiled = { hits: new Map(), acted: 0 };
  const { hits } = spoiled;
  standIn.faults.take = (_method, target) => {
    if (acts?.test(target) === true) spoiled.acted += 1;
    const lot = (acts === undefined ? lots : allLots)[Math.floor(random(state) / chance)];
    if (lot === undefined) return undefined;
    if (lot.kind === "other_answer" && (!telling || acts?.test(target) !== true)) return undefined;
    const { done, ms } = lot.rule;
    const name = [lot.kind, ...(done === undefined ? [] : [done ? "after" : "before"]), ms ?? ""].join(" ").trim();
    hits.set(name, (hits.get(name) ?? 0) + 1);
    return { kind: lot.kind, ...lot.rule, hits: 1, seen: 1 };
  };
  return spoiled;
}
