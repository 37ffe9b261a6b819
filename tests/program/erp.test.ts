// Every action of Dynamics 365, Shopify and Azure Machine Learning: the real program against the stand-ins, each once,
// and each error of theirs.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Numeral, scalar, writeJson } from "../systems/lib/json.ts";
import { actionFlow, actions, call, close, done, erp, inner, list, ml, open, refused, serve, setUp, shop,
  world } from "./erp.ts";

describe("actions", () => {
  before(async () => {
    await open();
    for (const [system, names] of Object.entries(actions))
      for (const name of names) setUp(`${system}-${name}`.replaceAll("_", "-"), actionFlow(system, name));
    world.env.WEFT_FILES_ROOT = world.folder;
    for (const system of ["azure_ml", "azure_ml_entra"])
      setUp(`${system}-score-file`.replaceAll("_", "-"), actionFlow(system, "score_file", { config: {
        input: {}, files: { rows: { folder: world.folder, file: "=trigger.body.file" } } } }));
    await serve();
  });
  after(close);

  describe("of Dataverse", () => {
    it("says who it is", async () => {
      assert.match(scalar((await done("dynamics365.who_am_i", {})).user), /^[0-9a-f-]{36}$/);
    });

    it("makes, reads, changes, lists and deletes rows of any table", async () => {
      const made = await done("dynamics365.create_row", { table: "accounts",
        row: { accountnumber: "O'Neil/1", name: "O'Neil & Co", creditlimit: 1 } });
      const read = await done("dynamics365.get_row",
        { table: "accounts", key: { accountnumber: "O'Neil/1" }, select: ["name", "creditlimit"] });
      assert.equal(inner(read.row).accountid, made.id);
      const changed = await done("dynamics365.update_row",
        { table: "accounts", key: made.id, row: { name: "Two" }, etag: read.etag });
      assert.equal(inner(changed.row).name, "Two");
      await refused("dynamics365.update_row",
        { table: "accounts", key: made.id, row: { name: "Three" }, etag: read.etag }, "conflict", /0x80060882/);
      const again = await done("dynamics365.upsert_row",
        { table: "accounts", key: { accountnumber: "O'Neil/1" }, row: { name: "Four" } });
      assert.equal(scalar(again.status), "200");
      const found = await done("dynamics365.list_rows",
        { table: "accounts", filter: [{ field: "accountnumber", value: "O'Neil/1" }, { field: "name", is: "in",
          value: ["Four", "x' or 1 eq 1"] }] });
      assert.equal(list(found.items).length, 1);
      await refused("dynamics365.delete_row", { table: "accounts", key: made.id, etag: read.etag }, "conflict", /412/);
      await done("dynamics365.delete_row", { table: "accounts", key: made.id });
      await done("dynamics365.delete_row", { table: "accounts", key: made.id }); // it is gone already
      await refused("dynamics365.get_row", { table: "accounts", key: made.id }, "invalid", /Does Not Exist/);
    });

    it("finds no other rows, whatever a value says", async () => {
      const found = await done("dynamics365.list_rows", { table: "invoices",
        filter: { field: "invoicenumber", value: "x' or invoicenumber ne '" } });
      assert.deepEqual(found.items, []);
      await refused("dynamics365.list_rows", { table: "invoices", filter: { field: "invoicenumber" } },
        "invalid", /has no value to compare with/);
      await refused("dynamics365.list_rows", { table: "invoices", filter: [] }, "invalid", /would find all rows/);
      await refused("dynamics365.get_row", { table: "accounts(1)/x", key: "a" }, "invalid", /pattern/);
    });

    it("reads lists of many pages", async () => {
      for (let n = 0; n < 25; n += 1) erp.system.seed("tasks", { subject: `Page ${n}` });
      const all = await done("dynamics365.list_rows",
        { table: "tasks", select: ["subject"], filter: { field: "subject", is: "startswith", value: "Page" },
          page_size: 10 });
      assert.equal(list(all.items).length, 25);
      assert.equal(new Set(list(all.items).map((row) => row.subject)).size, 25);
    });

    it("changes rows together, or none of them", async () => {
      const result = await done("dynamics365.change_rows", { changes: [
        { do: "create", table: "annotations", row: { subject: "Together", notetext: "--weft_changes--\r\n'é" } },
        { do: "update", table: "invoices", key: { invoicenumber: "ORD-5003" }, row: { description: "seen" } },
        { do: "upsert", table: "new_payments", key: { new_paytracetransactionid: "B/1" },
          row: { new_currency: "USD" } }] });
      assert.equal(list(result.results).filter((item) => item.ok === true).length, 3);
      const note = erp.standIn.ledger.of("annotations").at(-1);
      assert.equal(note?.row.notetext, "--weft_changes--\r\n'é");
      const before = erp.standIn.ledger.entries.length;
      await refused("dynamics365.change_rows", { changes: [
        { do: "create", table: "annotations", row: { subject: "Never" } },
        { do: "update", table: "invoices", key: { invoicenumber: "ORD-5003" }, row: { description: "x" },
          etag: 'W/"1"' }] }, "conflict", /0x80060882/);
      await refused("dynamics365.upsert_rows", { changes: [
        { do: "upsert", table: "new_payments", key: { new_paytracetransactionid: "B/2" }, row: {} },
        { do: "upsert", table: "new_payments", key: { new_paytracetransactionid: "B/3" }, row: { nothing: 1 } }] },
      "invalid", /Invalid property/);
      assert.equal(erp.standIn.ledger.entries.length, before);
      const rows = Array.from({ length: 500 }, (_, n) => ({ do: "upsert", table: "new_payments",
        key: { new_paytracetransactionid: `M${n}` }, row: { new_currency: "USD" } }));
      const many = await done("dynamics365.upsert_rows", { changes: rows });
      assert.equal(scalar(many.failed), "0");
      assert.equal(erp.standIn.ledger.entries.length, before + 500);
    });

    it("finds what the pairings need, opens tasks and cases, calls actions", async () => {
      const account = inner((await done("dynamics365.find_account", { account_number: "CUST-1001" })).account);
      assert.deepEqual(await done("dynamics365.find_contact", { email: "no@one.example" }), { contacts: [] });
      assert.deepEqual(await done("dynamics365.find_sales_order", { order_number: "none" }), { orders: [] });
      const invoice = inner((await done("dynamics365.find_invoice", { invoice_number: "ORD-5002" })).invoice);
      const task = await done("dynamics365.create_task",
        { subject: "Look", due: "2026-11-30T12:00:00Z", invoice_id: invoice.invoiceid });
      assert.equal(erp.standIn.ledger.of("tasks").filter((entry) => entry.key === task.task_id).length, 1);
      await done("dynamics365.create_case", { title: "Chargeback", account_id: account.accountid });
      await done("dynamics365.call_action",
        { table: "invoices", key: invoice.invoiceid, action: "LockInvoicePricing" });
      assert.deepEqual(erp.standIn.ledger.entries.at(-1)?.changed, ["LockInvoicePricing"]);
      await done("dynamics365.create_payment", { transaction_id: "PT-F", amount: 1, currency: "USD" });
      const payment = await done("dynamics365.find_payment", { transaction_id: "PT-F" });
      assert.equal(list(payment.payments).length, 1);
      await done("dynamics365.update_invoice",
        { invoice_id: invoice.invoiceid, statecode: 2, statuscode: 100001 });
    });

    it("waits after 429 of each limit, and signs in anew after 401", async () => {
      erp.standIn.fault({ kind: "throttle", seconds: 1, times: 3 });
      const started = performance.now();
      await done("dynamics365.who_am_i", {});
      assert.ok(performance.now() - started >= 2800, "it waited as long as it was told");
      erp.standIn.fault({ kind: "expire_tokens" });
      await done("dynamics365.who_am_i", {});
    });

    it("tells what the system says: no privilege, no such method, too large, a duplicate rule", async () => {
      const cases = [
        [403, "0x80040220", "Principal user is missing prvReadAccount privilege", "invalid"],
        [405, "", "The requested resource does not support this http method.", "invalid"],
        [413, "", "Request entity too large", "invalid"],
        [501, "", "Not implemented", "invalid"],
        [412, "0x80040333", "A record was not created or updated because a duplicate exists", "conflict"],
        [500, "", "An error has occurred", "transient"],
      ] as const;
      for (const [status, code, message, kind] of cases) {
        erp.standIn.fault({ kind: "status", path: "^/api/data", status, done: false,
          body: JSON.stringify({ error: { code, message } }) });
        await refused("dynamics365.update_row", { table: "accounts", key: { accountnumber: "CUST-1001" },
          row: { description: "x" } }, kind, new RegExp(message));
      }
      erp.standIn.fault({ kind: "status", path: "^/api/data", status: 503, done: false }); // it is waited out
      await done("dynamics365.who_am_i", {});
    });

    it("makes one row, whatever becomes of the answer", async () => {
      const kinds = ["reset_after", "half_body", "reset_before"] as const;
      for (const kind of kinds) erp.standIn.fault({ kind, method: "PATCH" });
      const made = await Promise.all(kinds.map((subject) =>
        done("dynamics365.create_row", { table: "annotations", row: { subject } })));
      for (const [n, subject] of kinds.entries()) {
        assert.match(scalar(made[n]?.id), /^[0-9a-f-]{36}$/);
        assert.equal(erp.standIn.ledger.of("annotations").filter((one) => one.row.subject === subject).length, 1);
      }
    });
  });

  describe("of Finance & Operations", () => {
    const line = { dataAreaId: "usmf", AccountDisplayValue: "CUST-1001", TransactionDate: "2026-11-20",
      CreditAmount: 1, CurrencyCode: "USD" };

    it("opens a payment journal, adds a line, posts it once", async () => {
      const made = await done("dynamics365.create_payment_journal", { dataAreaId: "usmf", JournalName: "CustPay" });
      const journal = { dataAreaId: "usmf", JournalBatchNumber: made.JournalBatchNumber };
      await refused("dynamics365.post_payment_journal", journal, "invalid", /no lines/);
      await done("dynamics365.add_payment_journal_line", { ...line, ...journal, PaymentReference: "PT-9" });
      const found = await done("dynamics365.find_payment_journal_line",
        { dataAreaId: "usmf", PaymentReference: "PT-9" });
      assert.equal(list(found.lines).length, 1);
      assert.equal((await done("dynamics365.find_payment_journal", journal)).posted, "No");
      assert.equal((await done("dynamics365.post_payment_journal", journal)).posted, "Yes");
      assert.equal((await done("dynamics365.find_payment_journal", journal)).posted, "Yes");
      await refused("dynamics365.post_payment_journal", journal, "invalid", /posted already/);
    });

    it("opens a general journal and adds a line", async () => {
      const made = await done("dynamics365.create_ledger_journal", { dataAreaId: "usmf", JournalName: "GenJrn" });
      await done("dynamics365.add_ledger_journal_line", { dataAreaId: "usmf",
        JournalBatchNumber: made.JournalBatchNumber, AccountDisplayValue: "110130-001-022", TransDate: "2026-11-20",
        DebitAmount: 2, CurrencyCode: "USD", Document: "B-1" });
      assert.equal(erp.standIn.ledger.of("LedgerJournalLines").length, 1);
    });

    it("finds a general journal by its text when the answer got lost, and opens one that was not", async () => {
      for (const kind of ["reset_after", "half_body", "reset_before"] as const) {
        erp.standIn.fault({ kind, method: "POST", path: "LedgerJournalHeaders" });
        const made = await done("dynamics365.create_ledger_journal",
          { dataAreaId: "usmf", JournalName: "GenJrn", Description: `Weft ${kind}` });
        const heads = erp.standIn.ledger.of("LedgerJournalHeaders")
          .filter((one) => one.row.Description === `Weft ${kind}`);
        assert.deepEqual(heads.map((one) => one.row.JournalBatchNumber), [made.JournalBatchNumber]);
      }
    });

    it("lists and changes records of any entity", async () => {
      const filter = [{ field: "dataAreaId", value: "usmf" }, { field: "CustomerAccount", value: "CUST-1001" }];
      const found = list((await done("dynamics365.list_records", { entity: "CustomersV3", filter })).items)[0];
      const key = { dataAreaId: "usmf", CustomerAccount: "CUST-1001" };
      await done("dynamics365.update_record",
        { entity: "CustomersV3", key, record: { PaymentTerms: "Net30" }, etag: found?.["@odata.etag"] });
      await refused("dynamics365.update_record",
        { entity: "CustomersV3", key, record: { PaymentTerms: "Net45" }, etag: found?.["@odata.etag"] },
        "conflict", /412/);
      await refused("dynamics365.update_record", { entity: "CustomersV3", key: { CustomerAccount: "x" }, record: {
        PaymentTerms: "x" } }, "invalid", /The key must name/);
    });
  });

  describe("of Shopify", () => {
    it("reads orders, page by page and each digit of their numbers", async () => {
      const ids = Array.from({ length: 7 }, (_, n) =>
        shop.system.seed({ name: `#${n}`, total_price: "100.10", email: "ann@example.com" }));
      const all = await done("shopify.list_orders", { updated_since: "2020-01-01T00:00:00Z", page_size: 3 });
      assert.deepEqual(list(all.items).map((order) => scalar(order.id)), ids);
      const one = await done("shopify.get_order", { order_id: ids[0] });
      assert.equal(scalar(inner(one.order).id), ids[0]);
      await refused("shopify.get_order", { order_id: "1" }, "invalid", /Not Found/);
      shop.system.customers.push({ id: new Numeral("1"), email: "ann@example.com" });
      assert.equal(list((await done("shopify.find_customer", { email: "ann@example.com" })).customers).length, 1);
    });

    it("marks an order as paid once, refunds it, and says no to what Shopify refuses", async () => {
      const id = shop.system.seed({ name: "#P", total_price: "50.00" });
      assert.equal((await done("shopify.mark_paid", { order_id: id })).financial_status, "PAID");
      await refused("shopify.mark_paid", { order_id: id }, "invalid", /cannot be marked as paid/);
      const sale = list((await done("shopify.list_transactions", { order_id: id })).transactions)[0];
      const transactions = (amount: string): object[] =>
        [{ parent_id: 1, amount, kind: "refund", gateway: scalar(sale?.gateway) }];
      await done("shopify.create_refund", { order_id: id, currency: "USD", transactions: transactions("12.50") });
      await refused("shopify.create_refund", { order_id: id, transactions: transactions("50.00") },
        "invalid", /422/);
      await done("shopify.create_transaction", { order_id: id, kind: "capture", amount: "1.00", currency: "USD" });
      await refused("shopify.create_transaction", { order_id: id, kind: "sale", amount: "1.00", currency: "EUR" },
        "invalid", /422/);
      for (const [amount, text] of [["0.02", /201: .*Forced failure/], ["0.03", /201: .*Use CreditCard/]] as const)
        await refused("shopify.create_transaction", { order_id: id, kind: "sale", amount }, "invalid", text);
      await done("shopify.cancel_order", { order_id: id, reason: "fraud" });
    });

    it("annotates orders, asks GraphQL, subscribes to topics", async () => {
      const id = shop.system.seed({ name: "#A", total_price: "5.00" });
      await done("shopify.update_order", { order_id: id, attributes: [{ key: "score", value: "0.9" }] });
      await done("shopify.add_tags", { order_id: id, tags: ["a", "b"] });
      await done("shopify.add_tags", { order_id: id, tags: ["b"] });
      assert.equal(shop.system.orders.get(id)?.tags, "a, b");
      const gid = `gid://shopify/Order/${id}`;
      const asked = await done("shopify.graphql",
        { query: "query($id:ID!){order(id:$id){id name}}", variables: { id: gid } });
      assert.equal(inner(inner(asked.data).order).name, "#A");
      await refused("shopify.graphql", { query: "query{nothing{id}}" }, "invalid", /doesn't exist/);
      await done("shopify.graphql_mutation",
        { query: "mutation($id:ID!,$tags:[String!]!){tagsAdd(id:$id,tags:$tags){node{id}}}",
          variables: { id: gid, tags: ["c"] } });
      await done("shopify.create_webhook", { topic: "orders/paid", address: "https://weft.example.com/hooks/x" });
      assert.equal(shop.standIn.ledger.of("webhooks").length, 1);
    });

    it("waits when it is throttled, by status and by GraphQL, and signs in anew", async () => {
      const id = shop.system.seed({ name: "#T", total_price: "5.00" });
      shop.standIn.fault({ kind: "throttle", seconds: 2 }); // "2.0"; without it, a second
      const started = performance.now();
      await done("shopify.get_order", { order_id: id });
      assert.ok(performance.now() - started >= 1900);
      shop.system.throttleGraphQl = 1;
      await done("shopify.mark_paid", { order_id: id });
      shop.standIn.fault({ kind: "expire_tokens" });
      await done("shopify.get_order", { order_id: id });
      shop.standIn.fault({ kind: "status", status: 403, done: false, body: '{"errors":"scope read_orders"}' });
      await refused("shopify.get_order", { order_id: id }, "invalid", /scope read_orders/);
    });

    it("looks whether a lost answer was done", async () => {
      await done("shopify.mark_paid", { order_id: shop.system.seed({ name: "#K", total_price: "5.00" }) });
      const id = shop.system.seed({ name: "#L", total_price: "5.00" });
      shop.standIn.fault({ kind: "reset_after", path: "graphql" });
      assert.equal((await done("shopify.mark_paid", { order_id: id })).financial_status, "PAID");
      assert.equal(shop.standIn.ledger.of("orders").filter((entry) =>
        entry.did === "mark_paid" && entry.key === id).length, 1);
    });
  });

  for (const system of ["azure_ml", "azure_ml_entra"])
    describe(`of ${system}`, () => {
      it("scores tables, tensors, named tensors and custom bodies", async () => {
        const table = { columns: ["amount", "avs"], index: [0, 1], data: [[870, "Y"], [30, "N"]] };
        const scored = await done(`${system}.score`, { input_data: table });
        assert.equal(writeJson(scored.predictions ?? null), "[0.87,0.03]");
        assert.equal(scalar(scored.score), "0.87");
        await done(`${system}.score`, { input_data: [[1, 2]] });
        await done(`${system}.score`, { input_data: { amount: [[500]] }, deployment: "blue" });
        assert.equal(ml.standIn.ledger.entries.at(-1)?.row.deployment, "blue");
        const custom = await done(`${system}.score_custom`, { body: { data: [[250]] } });
        assert.equal(writeJson(custom.result ?? null), "[0.25]");
        ml.system.mode = "double";
        assert.equal((await done(`${system}.score_custom`, { body: { data: [[250]] } })).result, "[0.25]");
        ml.system.mode = "ok";
      });

      it("scores the rows of a file, more than a run would hold", async () => {
        const rows = Array.from({ length: 60_000 }, (_, n) => `[${n % 1000},"${"x".repeat(80)}"]`);
        const text = `{"input_data":{"columns":["amount","text"],"index":[],"data":[${rows.join(",")}]}}`;
        assert.ok(text.length > 5e6, `${text.length}`);
        writeFileSync(join(world.folder, "rows.json"), text);
        const { result } = await done(`${system}.score_file`, { file: "rows.json" });
        assert.ok(Array.isArray(result));
        assert.equal(result.length, 60_000);
        assert.equal(writeJson(result[870] ?? null), "0.87");
        await refused(`${system}.score_file`, { file: "gone.json" }, "not_found", /gone\.json is not there/);
      });

      it("tells what fails: no role, no traffic, a slow or broken model", async () => {
        for (const [mode, kind, part] of [["no_role", "invalid", /403/], ["no_traffic", "invalid", /404/],
          ["model_slow", "timeout", /408/], ["model_broken", "transient", /424/]] as const) {
          ml.system.mode = mode;
          await refused(`${system}.score`, { input_data: [[1]] }, kind, part);
        }
        ml.system.mode = "ok"; // the model itself says 400, within a 424
        await refused(`${system}.score_custom`, { body: { rows: 1 } }, "invalid", /400/);
        ml.system.mode = "busy";
        setTimeout(() => { ml.system.mode = "ok"; }, 300);
        await done(`${system}.score`, { input_data: [[1]] });
        ml.standIn.fault({ kind: "status", status: 401, done: false });
        const { status } = await call(`${system}.score`, { input_data: [[1]] });
        if (system === "azure_ml_entra") assert.equal(status, 200);
      });
    });
});
