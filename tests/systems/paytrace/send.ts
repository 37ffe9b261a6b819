// Sends payment events from the command line, as PayTrace would:
//
//   ./node systems/paytrace/send.ts --url http://127.0.0.1:8080/hooks/main/production/paytrace/payments
//        [--count N] [--at-once N] [--first N] [--amount 100.10] [--status Approved] [--type Sale] [--order ORD-5001]
//
// The signature's secret comes from WEFT_DEMO_PAYTRACE_SECRET. Each event is sent until it is answered 2xx; one line an
// event says how it went. Exit 0 when all were acknowledged, else 1.
import { parseArgs } from "node:util";
import { paymentEvent } from "./event.ts";
import { Sender } from "./sender.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    url: { type: "string" }, count: { type: "string", default: "1" }, "at-once": { type: "string", default: "4" },
    first: { type: "string", default: "1" }, amount: { type: "string", default: "100.10" },
    status: { type: "string", default: "Approved" }, type: { type: "string", default: "Sale" },
    order: { type: "string", default: "ORD-5001" }, attempts: { type: "string", default: "20" },
  } });
  if (values.url === undefined) throw new TypeError("--url is missing");
  const sender = new Sender({
    url: values.url, secret: process.env.WEFT_DEMO_PAYTRACE_SECRET ?? "demo-paytrace-secret",
    attempts: Number(values.attempts), final: (status) => status >= 400 && status < 500 && status !== 429,
  });
  let next = Number(values.first);
  const end = next + Number(values.count);
  let failed = 0;
  const work = async (): Promise<void> => {
    while (next < end) {
      const event = paymentEvent(`PT-${String(next++).padStart(6, "0")}`, {
        amount: values.amount, status: values.status, transactionType: values.type, orderId: values.order,
      });
      const delivery = await sender.deliver(event);
      if (!delivery.acknowledged) failed += 1;
      process.stdout.write(`${delivery.transactionId} ${delivery.status} ${delivery.body.trim()}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(values["at-once"]) }, work));
  sender.close();
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((reason: unknown) => {
  process.stderr.write(`send.ts: ${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exit(2);
});
