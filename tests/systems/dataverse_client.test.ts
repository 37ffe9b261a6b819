// An independent client of Dataverse (dynamics-web-api, of people who have no part in this project) speaks to the
// stand-in, so that what the connector is tested against is not our own reading of the protocol alone.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DynamicsWebApi } from "dynamics-web-api";
import { Client, object } from "./client.ts";
import { openDynamics365, seedDemo } from "./dynamics365/dynamics365.ts";
import { scalar } from "./lib/json.ts";
import type { StandIn } from "./lib/stand_in.ts";

interface Row { "@odata.etag": string; accountid: string; accountnumber: string; name: string }

let standIn: StandIn;
let web: DynamicsWebApi;

before(async () => {
  const opened = await openDynamics365();
  standIn = opened.standIn;
  seedDemo(opened.system);
  const token = scalar(object((await new Client(standIn.url).signIn()).json).access_token);
  web = new DynamicsWebApi({ serverUrl: `${standIn.url}/`, dataApi: { version: "9.2" }, propagateErrors: true,
    onTokenRefresh: () => Promise.resolve(token) });
});
after(() => standIn.close());

const collection = "accounts";

async function make(accountnumber: string, name: string): Promise<Row> {
  return web.create<Row>({ collection, data: { accountnumber, name } as Row, returnRepresentation: true });
}

/** The status of what is refused. */
async function refusal(work: Promise<unknown>): Promise<number | undefined> {
  return work.then(() => undefined, (reason: unknown) => (reason as { status: number }).status);
}

describe("a client that others wrote", () => {
  it("makes, reads, changes and removes a row", async () => {
    const made = await make("SDK-1", "O'Neil & Söhne");
    const read = await web.retrieve<Row>({ collection, key: made.accountid, select: ["name", "accountnumber"] });
    assert.deepEqual([read.name, read.accountnumber], ["O'Neil & Söhne", "SDK-1"]);
    await web.update<Row>({ collection, key: made.accountid, data: { name: "Neil" } as Row });
    assert.equal((await web.retrieve<Row>({ collection, key: "accountnumber='SDK-1'" })).name, "Neil");
    await web.deleteRecord({ collection, key: made.accountid });
    assert.equal(await refusal(web.retrieve({ collection, key: made.accountid })), 404);
  });

  it("is told of a version that is not there any more: 412, and nothing is changed", async () => {
    const made = await make("SDK-2", "Old");
    await web.update<Row>({ collection, key: made.accountid, data: { name: "New" } as Row,
      ifmatch: made["@odata.etag"] });
    const late = { collection, key: made.accountid, ifmatch: made["@odata.etag"] };
    assert.equal(await refusal(web.update<Row>({ ...late, data: { name: "Late" } as Row })), 412);
    assert.equal(await refusal(web.deleteRecord(late)), 412);
    assert.equal((await web.retrieve<Row>({ collection, key: made.accountid })).name, "New");
  });

  it("upserts by an alternate key, and only makes or only changes when it says so", async () => {
    const key = "accountnumber='SDK-3'";
    const upsert = (name: string, more: object = {}): Promise<Row> => web.upsert<Row>({ collection, key,
      data: { name } as Row, returnRepresentation: true, ...more });
    const made = await upsert("First");
    assert.equal((await upsert("Second")).accountid, made.accountid);
    assert.equal(await refusal(upsert("Third", { ifnonematch: "*" })), 412);
    assert.equal((await web.retrieve<Row>({ collection, key })).name, "Second");
  });

  it("lists by filter and order, and follows the pages to their end", async () => {
    for (let n = 0; n < 7; n += 1) await make(`PAGE-${n}`, `Page ${n}`);
    const filter = "startswith(accountnumber,'PAGE-') and name ne 'Page 3'";
    const list = { collection, filter, orderBy: ["accountnumber desc"], select: ["accountnumber"] };
    const first = await web.retrieveMultiple<Row>({ ...list, maxPageSize: 4 });
    assert.equal(first.value.length, 4);
    assert.ok(first.oDataNextLink !== undefined);
    const all = await web.retrieveAll<Row>({ ...list, maxPageSize: 4 });
    assert.deepEqual(all.value.map((row) => row.accountnumber), [6, 5, 4, 2, 1, 0].map((n) => `PAGE-${n}`));
  });

  it("sends several requests as one batch, whose change set is done whole or not at all", async () => {
    const create = (accountnumber: string): void => {
      void web.create<Row>({ collection, data: { accountnumber, name: "Of a batch" } as Row });
    };
    web.startBatch();
    for (const name of ["BATCH-1", "BATCH-2"]) create(name);
    assert.equal((await web.executeBatch()).length, 2);
    web.startBatch();
    for (const name of ["BATCH-3", "BATCH-1"]) create(name); // the second is there already
    const [refused] = await web.executeBatch() as { status: number }[];
    assert.equal(refused?.status, 412);
    const there = await web.retrieveMultiple<Row>({ collection, filter: "startswith(accountnumber,'BATCH-')" });
    assert.deepEqual(there.value.map((row) => row.accountnumber).sort(), ["BATCH-1", "BATCH-2"]);
  });

  it("follows changes by delta links", async () => {
    const whole = await web.retrieveMultiple<Row>({ collection, select: ["name"], trackChanges: true });
    const link = (whole as unknown as { "@odata.deltaLink": string })["@odata.deltaLink"];
    const made = await make("DELTA-1", "Since then");
    const changed = await fetch(link, { headers: { authorization: `Bearer ${scalar(object(
      (await new Client(standIn.url).signIn()).json).access_token)}`, accept: "application/json",
    "odata-version": "4.0", "odata-maxversion": "4.0" } });
    const { value } = await changed.json() as { value: Row[] };
    assert.deepEqual(value.map((row) => row.accountid), [made.accountid]);
  });
});
