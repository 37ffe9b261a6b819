// Runs a stand-in as a process of its own, for demos and for tests of the real program:
//
//   ./node systems/serve.ts [dynamics365|paytrace|cybersource] [--port N] [--ledger FILE] [--control]
//                           [--lifetime SECONDS]
//
// Prints its base URL as one line when it is ready, listens on 127.0.0.1 only, ends on SIGTERM or SIGINT. The secret it
// expects comes from the environment, as for the flow's connection: WEFT_DEMO_ERP_SECRET, WEFT_DEMO_PAY_SECRET (the API
// password of PayTrace), WEFT_DEMO_CYBERSOURCE_SECRET (base64).
import { parseArgs } from "node:util";
import { demoAccount, openCybersource, seedCybersource } from "./cybersource/cybersource.ts";
import { demoClient, openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { Ledger } from "./lib/ledger.ts";
import type { StandIn, StandInOptions } from "./lib/stand_in.ts";
import { demoUser, openPayTrace, seedPayTrace } from "./paytrace/paytrace.ts";

const usage = "usage: serve.ts [dynamics365|paytrace|cybersource] [--port N] [--ledger FILE] [--control] "
  + "[--lifetime SECONDS]\n";

type Open = (options: StandInOptions & { lifetime: number }) => Promise<StandIn>;
const systems: Record<string, Open> = {
  dynamics365: async (options) => {
    const { system, standIn } = await openDynamics365({ ...options,
      clientSecret: process.env.WEFT_DEMO_ERP_SECRET ?? demoClient.secret });
    seedDemo(system);
    return standIn;
  },
  paytrace: async (options) => {
    const { system, standIn } = await openPayTrace({ ...options,
      password: process.env.WEFT_DEMO_PAY_SECRET ?? demoUser.password });
    seedPayTrace(system);
    return standIn;
  },
  cybersource: async (options) => {
    const { system, standIn } = await openCybersource({ ...options,
      secret: process.env.WEFT_DEMO_CYBERSOURCE_SECRET ?? demoAccount.secret });
    seedCybersource(system);
    return standIn;
  },
};

function whole(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    port: { type: "string", default: "0" }, ledger: { type: "string" }, control: { type: "boolean", default: false },
    lifetime: { type: "string", default: "3599" },
  } });
  const open = systems[positionals[0] ?? "dynamics365"];
  if (positionals.length > 1 || open === undefined)
    throw new TypeError(`there is no stand-in named "${positionals.join(" ")}"`);
  const standIn = await open({ port: whole(values.port, "port"), control: values.control,
    lifetime: whole(values.lifetime, "lifetime"), ledger: new Ledger(values.ledger) });
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => { void standIn.close().then(() => process.exit(0)); });
  process.stdout.write(`${standIn.url}\n`);
}

main().catch((reason: unknown) => {
  const wrong = reason instanceof TypeError;
  process.stderr.write(`serve.ts: ${reason instanceof Error ? reason.message : String(reason)}\n${wrong ? usage : ""}`);
  process.exit(wrong ? 2 : 1);
});
