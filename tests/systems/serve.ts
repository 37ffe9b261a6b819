// Runs a stand-in as a process of its own, for demos and for tests of the real program:
//
//   ./node systems/serve.ts [dynamics365|dynamics_sl|sage500|shopify|shop|paytrace|cybersource] [--port N]
//                           [--ledger FILE] [--control] [--lifetime SECONDS]
//   ./node systems/serve.ts dynamics365-paytrace|dynamics-sl-paytrace|sage500-paytrace|dynamics-sl-cybersource
//
// Of one system it prints its base URL as one line when it is ready (of sage500 host and port of its database); of a
// pairing it starts all systems and prints what is typed into the forms of their connections, and for each line that
// it is told ("sell", which an empty line is, too, "stray", "settle", "ledger", and of Sage 500 "enter") what has
// happened; what was sent by mail is shown as a page, whose address it prints. It listens on 127.0.0.1 only, and ends
// on SIGTERM or SIGINT. The secret that one system expects comes from the environment, as for the flow's connection:
// WEFT_DEMO_ERP_SECRET, WEFT_DEMO_PAY_SECRET (the API password of PayTrace), WEFT_DEMO_CYBERSOURCE_SECRET (base64),
// WEFT_DEMO_SHOPIFY_SECRET, WEFT_DEMO_SAGE_PASSWORD. sage500 needs Debian's postgresql and odbc-postgresql.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { demoAccount, openCybersource, seedCybersource } from "./cybersource/cybersource.ts";
import { demoClient, openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { openDynamicsSL, seedSL } from "./dynamics_sl/dynamics_sl.ts";
import { Ledger } from "./lib/ledger.ts";
import type { StandIn, StandInOptions } from "./lib/stand_in.ts";
import { type Form, type Pairing, pairings } from "./pairings.ts";
import { demoUser, openPayTrace, seedPayTrace } from "./paytrace/paytrace.ts";
import { Sage500 } from "./sage500/sage500.ts";
import { openShop } from "./shop/shop.ts";
import { demoShop, openShopify } from "./shopify/shopify.ts";

type Open = (options: StandInOptions & { lifetime: number }) => Promise<Pick<StandIn, "url" | "close">>;
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
  dynamics_sl: async (options) => {
    const { system, standIn } = await openDynamicsSL(options);
    seedSL(system);
    return standIn;
  },
  shopify: async (options) => (await openShopify({ ...options,
    clientSecret: process.env.WEFT_DEMO_SHOPIFY_SECRET ?? demoShop.secret })).standIn,
  shop: async (options) => (await openShop(options)).standIn,
  sage500: async () => {
    const sage = await Sage500.open(process.env.WEFT_DEMO_SAGE_PASSWORD ?? "demo-sage");
    return { url: `127.0.0.1:${sage.door.port}`, close: () => sage.close() };
  },
};

const usage = `usage: serve.ts [${Object.keys(systems).join("|")}] [--port N] [--ledger FILE] [--control] `
  + `[--lifetime SECONDS]\n       serve.ts ${Object.keys(pairings).join("|")}\n`;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printForm({ system, of, fields }: Form): void {
  print(`\n${system}${of === undefined ? "" : `: ${of}`}`);
  for (const [label, value] of Object.entries(fields)) print(`  ${label}: ${value}`);
}

function endWith(close: () => Promise<void>): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => { void close().then(() => process.exit(0)); });
}

/** What it is told, line by line; without anybody who says something it stays all the same. */
function listen({ sell, stray, settle, ledger, enter }: Pairing): void {
  const journal = "enter COMMENT: ACCOUNT AMOUNT, ...";
  print("ready: Enter sells again, \"stray\" takes what no book knows of, \"settle\" pays out, \"ledger\" shows what "
    + `is posted, ${enter === undefined ? "" : `"${journal}" posts a journal by hand, `}Ctrl-C ends`);
  createInterface({ input: process.stdin }).on("line", (line) => {
    const said = line.trim();
    if (said === "" || said === "sell") print(sell());
    else if (said === "stray") print(stray());
    else if (said === "settle") print(settle());
    else if (said === "ledger") print(ledger());
    else if (enter !== undefined && said.startsWith("enter ")) print(enter(said.slice("enter ".length)));
    else print(`say sell, stray, settle${enter === undefined ? "" : ", enter"} or ledger, not "${said}"`);
  });
  setInterval(() => undefined, 2 ** 30); // a stdin that has ended ends nothing
}

async function serveAll(open: () => Promise<Pairing>): Promise<void> {
  const pairing = await open();
  endWith(pairing.close);
  for (const form of pairing.forms) printForm(form);
  if (pairing.mails !== undefined) print(`\nmails: ${pairing.mails} shows what was sent`);
  print(`\n${pairing.sell()}`);
  listen(pairing);
}

function whole(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: {
    port: { type: "string", default: "0" }, ledger: { type: "string" }, control: { type: "boolean", default: false },
    lifetime: { type: "string", default: "3599" },
  } });
  const name = positionals[0] ?? "dynamics365";
  const pairing = Object.hasOwn(pairings, name) ? pairings[name] : undefined;
  if (positionals.length === 1 && pairing !== undefined) return serveAll(pairing);
  const open = Object.hasOwn(systems, name) ? systems[name] : undefined;
  if (positionals.length > 1 || open === undefined)
    throw new TypeError(`there is no stand-in named "${positionals.join(" ")}"`);
  const standIn = await open({ port: whole(values.port, "port"), control: values.control,
    lifetime: whole(values.lifetime, "lifetime"), ledger: new Ledger(values.ledger) });
  endWith(() => standIn.close());
  print(standIn.url);
}

main().catch((reason: unknown) => {
  const wrong = reason instanceof TypeError;
  process.stderr.write(`serve.ts: ${reason instanceof Error ? reason.message : String(reason)}\n${wrong ? usage : ""}`);
  process.exit(wrong ? 2 : 1);
});
