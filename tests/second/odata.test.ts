// The connector dynamics365 against an OData server that others wrote (odata-v4-server): what its generic actions ask
// for, another reading of the protocol's grammar has to understand, and what that server answers the connector. The
// server keeps to OData 4.0: versions of rows, change sets, delta links and pages are the stand-in's alone.
import assert from "node:assert/strict";
import type { Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type RunShown, type Server, World } from "../program/world.ts";
import { type JsonObject, readJson, scalar, writeJson } from "../systems/lib/json.ts";

/** What of the packages is used here; they are CommonJS, and their types are of decorators. */
interface Node { type: string; value: never; raw: string }
interface Option { type: string; raw: string; value: { items?: { value: { expr: Node; direction: number } }[] } }
type Decorate = (target: object, name: string, at?: unknown) => void;
type Row = Record<string, unknown>;
type Handler = (req: { url: string; method: string }, res: unknown, next: () => void) => void;
const load = createRequire(import.meta.url);
const { ODataServer, ODataController, odata, Edm, createODataServer } = load("odata-v4-server") as {
  ODataServer: new () => object; ODataController: new () => object; createODataServer: (server: unknown) => Handler;
  odata: Record<"GET" | "POST" | "PATCH" | "DELETE" | "key" | "context" | "body", Decorate>
    & { controller: (of: unknown, set: string, row: unknown) => (server: unknown) => void;
      type: (row: unknown) => (controller: unknown) => void };
  Edm: Record<"Guid" | "Key" | "String" | "Decimal" | "Int32" | "DateTimeOffset", Decorate>;
};
const { FilterVisitor } = load("odata-v4-inmemory/lib/FilterVisitor") as
  { FilterVisitor: new () => { Visit: (node: unknown, context: object) => (row: Row) => unknown } };
interface Token { type: string; raw: string; value: unknown }
const parser = load("odata-v4-parser") as { query: (text: string) => { value: { options: Option[] } };
  resourcePath: (text: string) => Token };
const { Literal } = load("odata-v4-literal") as { Literal: { convert: (type: string, text: string) => unknown } };
const express = load("express") as () => { use: (...handlers: unknown[]) => void;
  listen: (port: number, host: string, then: () => void) => HttpServer };

/** Its own evaluation takes all quotes out of a text; that of its sister package reads them as OData says. */
class Filter extends FilterVisitor {
  getLiteral(node: { value: string; raw: string }): unknown {
    const raw = node.value === "Edm.String" ? node.raw : decodeURIComponent(node.raw); // of a text it does that itself
    const value = raw === "null" ? null : Literal.convert(node.value, raw);
    return value instanceof Date ? value.getTime() : value;
  }
}

interface Kind { set: string; key: string; columns: Record<string, keyof typeof Edm> }
const kinds: Kind[] = [
  { set: "accounts", key: "accountid", columns: { accountid: "Guid", name: "String", accountnumber: "String",
    creditlimit: "Decimal", statecode: "Int32", createdon: "DateTimeOffset" } },
  { set: "CustomerPaymentJournalHeaders", key: "JournalBatchNumber", columns: { JournalBatchNumber: "String",
    dataAreaId: "String", JournalName: "String", Description: "String" } },
];
const tables = new Map<string, Row[]>(kinds.map(({ set }) => [set, []]));
const asked: string[] = [];
const rowsOf = (set: string): Row[] => tables.get(set) ?? [];

/** The rows that a query finds, as the server's own parser reads it: filter, order, top. */
function find(rows: Row[], url: string): Row[] {
  const query = url.includes("?") ? parser.query(url.slice(url.indexOf("?") + 1)).value.options : [];
  const option = (type: string): Option | undefined => query.find((each) => each.type === type);
  const filter = option("Filter"), order = option("OrderBy")?.value.items ?? [], top = option("Top");
  const fits = filter === undefined ? (): unknown => true : new Filter().Visit(filter, {});
  const compared = (row: Row): Row => ({ ...row, createdon: Date.parse(String(row.createdon)) });
  const compare = (a: Row, b: Row): number => {
    for (const { value: { expr, direction } } of order) {
      const [left, right] = [a[expr.raw] as string, b[expr.raw] as string];
      if (left !== right) return left < right ? -direction : direction;
    }
    return 0;
  };
  return rows.filter((row) => fits(compared(row))).sort(compare)
    .slice(0, top === undefined ? undefined : Number(/\d+$/.exec(top.raw)?.[0]));
}

/** One entity set of the server, made as its documentation shows, without the decorators' syntax. */
function controllerOf({ set, key, columns }: Kind): { controller: unknown; row: unknown } {
  const Row = function Row(): void { /* its columns are all it has */ } as unknown as { prototype: object };
  Object.defineProperty(Row, "name", { value: `${set}Row` });
  for (const [name, type] of Object.entries(columns)) Edm[type](Row.prototype, name);
  Edm.Key(Row.prototype, key);
  const one = (id: unknown): Row | undefined => rowsOf(set).find((row) => row[key] === id);
  class Controller extends ODataController {
    find(context: { url: string }): Row[] { return find(rowsOf(set), context.url); }
    findOne(id: string): Row | undefined { return one(id); }
    insert(body: Row): Row {
      const made = { [key]: `J-${rowsOf(set).length + 1}`, ...body };
      rowsOf(set).push(made);
      return made;
    }
    update(id: string, body: Row): void {
      const there = one(id);
      if (there === undefined) rowsOf(set).push({ [key]: id, ...body });
      else Object.assign(there, body);
    }
    remove(id: string): void { tables.set(set, rowsOf(set).filter((row) => row[key] !== id)); }
  }
  const is = (name: string, verb: Decorate, ...given: Decorate[]): void => {
    given.forEach((parameter, at) => { parameter(Controller.prototype, name, at); });
    verb(Controller.prototype, name, Object.getOwnPropertyDescriptor(Controller.prototype, name));
  };
  is("find", odata.GET, odata.context);
  is("findOne", odata.GET, odata.key);
  is("insert", odata.POST, odata.body);
  is("update", odata.PATCH, odata.key, odata.body);
  is("remove", odata.DELETE, odata.key);
  Object.defineProperty(Controller, "name", { value: `${set}Controller` }); // by which the server keeps it
  odata.type(Row)(Controller);
  return { controller: Controller, row: Row };
}

async function open(): Promise<HttpServer> {
  class Service extends ODataServer {}
  for (const kind of kinds) {
    const { controller, row } = controllerOf(kind);
    odata.controller(controller, kind.set, row)(Service);
  }
  const app = express(), handler = createODataServer(Service);
  const told: Handler = (req, res, next) => {
    asked.push(`${req.method} ${req.url}`);
    // It decodes the whole address before it reads it, so that its grammar would never see an encoded text: once more.
    // Of a colon it knows but the plain form.
    req.url = req.url.replaceAll("%3A", ":").replaceAll("%", "%25");
    handler(req, res, next);
  };
  app.use("/api/data/v9.2", told);
  app.use("/data", told);
  return await new Promise<HttpServer>((resolve) => {
    const http = app.listen(0, "127.0.0.1", () => { resolve(http); });
  });
}

let http: HttpServer;
let world: World;
let server: Server;
const actions = ["list_rows", "get_row", "upsert_row", "create_row", "update_row", "delete_row",
  "create_payment_journal"];
const names = ["Contoso", "O'Brien & Söhne (1+1)", "50% #1/2 \\ \"q\"?", "a+b=c;d,e $top=1", "日本", ""];

before(async () => {
  http = await open();
  const resource = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  world = new World({ NOT_USED: "none" });
  for (const action of actions) {
    world.flow(action, { weft: 1, name: action, nodes: [
      { id: "in", type: "trigger.webhook", config: { path: action, respond: "result", verify: { type: "none" } } },
      { id: "it", type: `connector.dynamics365.${action}`, connection: "org", retry: { attempts: 1 },
        config: { input: "=trigger.body" } }], edges: [{ from: "in", to: "it" }] },
    { "connections.json": { weft: 1, connections: { org: { connector: "dynamics365", allow: "127.0.0.1",
      settings: { resource, tenant: "t", client_id: "c" }, secrets: { client_secret: { env: "NOT_USED" } },
      auth: { type: "none" } } } } });
  }
  server = await world.serve();
  names.forEach((name, n) => rowsOf("accounts").push({ accountid: `8f7e5c1a-1b2c-3d4e-8f7e-5c1a1b2c3d4${n}`, name,
    accountnumber: `C'${n}`, creditlimit: n * 12.5, statecode: n % 2, createdon: `2026-11-0${n + 1}T00:00:00Z` }));
  rowsOf("accounts").push({ accountid: "8f7e5c1a-1b2c-3d4e-8f7e-5c1a1b2c3d4f", name: null, accountnumber: "C'9",
    creditlimit: 1000, statecode: 1, createdon: "2026-11-20T00:00:00Z" });
});
after(async () => {
  try {
    await world.end();
  } finally {
    await new Promise((resolve) => { http.close(resolve); http.closeAllConnections(); });
  }
});

async function post(action: string, input: object): Promise<JsonObject> {
  const answer = await fetch(server.hook(action), { method: "POST", body: JSON.stringify(input),
    headers: { "content-type": "application/json" } });
  const json = readJson(await answer.text()) as JsonObject;
  return json;
}

async function failure(action: string, input: object): Promise<RunShown> {
  return world.settled(scalar((await post(action, input)).run));
}

async function numbers(query: object): Promise<string[]> {
  const answer = await post("list_rows", { table: "accounts", orderby: "accountnumber", ...query });
  assert.ok(Array.isArray(answer.items), writeJson(answer));
  return (answer.items as JsonObject[]).map((row) => scalar(row.accountnumber).slice(2));
}

describe("filters, as another implementation reads them", () => {
  const cases: [string, object, string[]][] = [
    ["a number", { field: "creditlimit", is: "gt", value: 37.5 }, ["4", "5", "9"]],
    ["all of a list", [{ field: "statecode", value: 1 }, { field: "creditlimit", is: "le", value: 37.5 }], ["1", "3"]],
    ["any, and not", { any: [{ field: "accountnumber", value: "C'0" },
      { not: { field: "creditlimit", is: "lt", value: 100 } }] }, ["0", "9"]],
    ["groups within groups", { all: [
      { any: [{ field: "statecode", value: 0 }, { field: "accountnumber", value: "C'9" }] },
      { any: [{ field: "creditlimit", is: "ge", value: 1000 }, { field: "creditlimit", value: 0 }] }] }, ["0", "9"]],
    ["one of several", { field: "accountnumber", is: "in", value: ["C'1", "C'4", "nobody"] }, ["1", "4"]],
    ["functions", [{ field: "accountnumber", is: "startswith", value: "C'" },
      { field: "accountnumber", is: "endswith", value: "'3" }], ["3"]],
    ["what is empty", { field: "name", is: "null" }, ["9"]],
    ["what is not", [{ field: "name", is: "not_null" }, { field: "creditlimit", is: "ne", value: 0 }],
      ["1", "2", "3", "4", "5"]],
    ["a guid", { field: "accountid", value: "8f7e5c1a-1b2c-3d4e-8f7e-5c1a1b2c3d42", as: "guid" }, ["2"]],
    ["a moment", { field: "createdon", is: "ge", value: "2026-11-05T01:00:00+01:00", as: "moment" }, ["4", "5", "9"]],
  ];
  for (const [what, filter, wanted] of cases)
    it(what, async () => { assert.deepEqual(await numbers({ filter }), wanted); });

  for (const name of names)
    it(`a text stays in its literal: ${name}`, async () => {
      assert.deepEqual(await numbers({ filter: { field: "name", value: name } }), [String(names.indexOf(name))]);
    });
});

describe("rows", () => {
  it("are ordered, limited, and have the columns that are asked for", async () => {
    assert.deepEqual(await numbers({ orderby: "statecode desc,creditlimit desc", top: 3 }), ["9", "5", "3"]);
    const { items } = await post("list_rows", { table: "accounts", select: ["name"], top: 1, orderby: "creditlimit" });
    assert.equal((items as JsonObject[])[0]?.name, "Contoso");
    assert.equal((items as JsonObject[])[0]?.creditlimit, undefined);
    assert.match(asked.at(-1) ?? "", /^GET \/accounts\?/);
  });

  it("are read by their id, and one that is not there is told apart", async () => {
    const { row } = await post("get_row", { table: "accounts", key: "8f7e5c1a-1b2c-3d4e-8f7e-5c1a1b2c3d41" });
    assert.equal((row as JsonObject).name, names[1]);
    const run = await failure("get_row", { table: "accounts", key: "00000000-1b2c-3d4e-8f7e-5c1a1b2c3d41" });
    assert.match(`${run.error?.kind} ${run.error?.text}`, /^invalid the system answered 404: 404: Resource not found/);
  });

  it("are found by an alternate key, which the grammar reads as it was meant", async () => {
    const meant = "O'Brien=1,(2)/ö'";
    await post("get_row", { table: "accounts", key: { accountnumber: meant, statecode: 1 } });
    const read = asked.at(-1)?.split(" ")[1] ?? "";
    await post("upsert_row", { table: "accounts", key: { accountnumber: meant, statecode: 1 }, row: { name: "N" } });
    assert.equal(asked.at(-1)?.split(" ")[1], read); // one way to write a key
    const found: string[] = [];
    const walk = (at: unknown): void => {
      if (typeof at !== "object" || at === null) return;
      const { type, raw } = at as Token;
      if (type === "KeyPropertyAlias" || type === "KeyPropertyValue") found.push(decodeURIComponent(raw));
      Object.values(at).forEach(walk);
    };
    walk(parser.resourcePath(read.slice(1).split("?")[0] ?? ""));
    assert.deepEqual(found, ["accountnumber", `'${meant.replaceAll("'", "''")}'`, "statecode", "1"]);
  });

  it("are made, changed and deleted", async () => {
    const made = await post("create_row", { table: "accounts", row: { name: names[2], accountnumber: "C'N" } });
    assert.equal(made.row, null); // it answers 204, whatever is preferred
    const there = (): Row | undefined => rowsOf("accounts").find((row) => row.accountid === made.id);
    assert.deepEqual(there(), { accountid: made.id, name: names[2], accountnumber: "C'N" });
    await post("update_row", { table: "accounts", key: made.id, row: { name: names[1] } });
    assert.deepEqual(there(), { accountid: made.id, name: names[1], accountnumber: "C'N" });
    assert.deepEqual(await post("delete_row", { table: "accounts", key: made.id }), { deleted: true });
    assert.equal(there(), undefined);
  });

  it("that the system numbers are made by a POST, and its answer is read", async () => {
    const journal = { dataAreaId: "usmf", JournalName: "CustPay", Description: "50% of O'Brien's" };
    const made = await post("create_payment_journal", journal);
    assert.equal(made.JournalBatchNumber, "J-1");
    assert.deepEqual(rowsOf("CustomerPaymentJournalHeaders"), [{ JournalBatchNumber: "J-1", ...journal }]);
  });
});
