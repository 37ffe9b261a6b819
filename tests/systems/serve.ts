// Runs a stand-in as a process of its own, for demos and for tests of the real program:
//
//   ./node systems/serve.ts [dynamics365] [--port N] [--ledger FILE] [--control] [--lifetime SECONDS]
//
// Prints its base URL as one line when it is ready, listens on 127.0.0.1 only, ends on SIGTERM or SIGINT. The client
// secret it expects comes from WEFT_DEMO_ERP_SECRET, as for the flow's connection.
import { parseArgs } from "node:util";
import { demoClient, openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { Ledger } from "./lib/ledger.ts";

const usage = "usage: serve.ts [dynamics365] [--port N] [--ledger FILE] [--control] [--lifetime SECONDS]\n";

function whole(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    port: { type: "string", default: "0" }, ledger: { type: "string" }, control: { type: "boolean", default: false },
    lifetime: { type: "string", default: "3599" },
  } });
  if (positionals.length > 1 || (positionals[0] ?? "dynamics365") !== "dynamics365")
    throw new TypeError(`there is no stand-in named "${positionals.join(" ")}"`);
  const { system, standIn } = await openDynamics365({
    port: whole(values.port, "port"), control: values.control, lifetime: whole(values.lifetime, "lifetime"),
    ledger: new Ledger(values.ledger), clientSecret: process.env.WEFT_DEMO_ERP_SECRET ?? demoClient.secret,
  });
  seedDemo(system);
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => { void standIn.close().then(() => process.exit(0)); });
  process.stdout.write(`${standIn.url}\n`);
}

main().catch((reason: unknown) => {
  const wrong = reason instanceof TypeError;
  process.stderr.write(`serve.ts: ${reason instanceof Error ? reason.message : String(reason)}\n${wrong ? usage : ""}`);
  process.exit(wrong ? 2 : 1);
});
