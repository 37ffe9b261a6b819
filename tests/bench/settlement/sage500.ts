// A day of PayTrace against the receipts in the database that stands for Sage 500's; as many again are on their way.
// PostgreSQL, too, has the other core.
import assert from "node:assert/strict";
import type { Desk } from "../../program/desk.ts";
import { openSageDay, receive } from "../../program/sage_day.ts";
import type { Day } from "./day.ts";

const flow = "paytrace-settlement-to-sage500";
const today = new Date().toISOString().slice(0, 10);

export async function sage500(lines: number): Promise<Day> {
  // What stands for the systems shares a core.
  const { world, gateway, sage, close } = await openSageDay([['"timeout": "1s"', '"timeout": "1m"']]);
  const pay = (n: number): number => gateway.books.pay("SALE",
    { customer: "CUST-1001", amount: BigInt(1000 + n % 90_000), texts: { invoice_id: String(n) } }).id;
  const first = pay(1);
  for (let n = 2; n <= lines; n += 1) pay(n);
  gateway.books.settle();
  for (let n = 1; n <= lines; n += 1) pay(n);
  receive(sage, first, first + 2 * lines - 1, today, `1000 + ((n - ${first}) % ${lines} + 1) % 90000`);
  sage.ask("ANALYZE");
  return {
    world,
    what: "reconciled, and as many looked at that are on their way",
    begin: async (desk: Desk) => {
      const heard = await desk.post(`/flows/${flow}/start`, { trigger: "by_hand", body: { day: today } });
      assert.equal(heard.status, 202, heard.text);
    },
    over: async () => (await world.page("status=succeeded&limit=9")).items.some((run) => run.flow === flow),
    prove: async () => {
      const [run] = (await world.page("status=succeeded&limit=9")).items.filter((each) => each.flow === flow);
      const closed = (await world.show(run?.run ?? "")).steps.find((step) => step.step === "closed")?.output;
      const counts = ["settled", "matched", "waiting"].map((name) =>
        JSON.stringify((closed as Record<string, { count: unknown }>)[name]?.count));
      assert.deepEqual(counts, Array(3).fill(String(lines)));
    },
    close,
  };
}
