import { describe, expect, test } from "vitest";
import { addressOf, readList, sameQuery } from "./lists.ts";

const read = (list: "runs" | "flows" | "exceptions", search: string) =>
  readList(list, new URLSearchParams(search));

describe("the address of a list", () => {
  test("is read by one table: filters, order, columns", () => {
    const runs = read("runs", "status=failed,in_doubt&period=week&find=Acme&less=took,order");
    expect(runs.unknown).toEqual({});
    expect(runs.values).toEqual({
      status: "failed,in_doubt",
      period: "week",
      find: "Acme",
      less: "took,order",
    });
    expect(read("flows", "q=erp&sort=-last").values).toEqual({ q: "erp", sort: "-last" });
    expect(read("exceptions", "mine=1&type=dead&cause=9f86").unknown).toEqual({});
  });

  test("may say what the list does not know: told, and kept", () => {
    const newer = read("runs", "status=failed&tone=loud&period=fortnight");
    expect(newer.values).toEqual({ status: "failed" });
    expect(newer.unknown).toEqual({ tone: "loud", period: "fortnight" });
    expect(newer.query).toEqual({ status: "failed", tone: "loud", period: "fortnight" });
    expect(read("runs", "status=failed,banana").unknown).toEqual({ status: "failed,banana" });
    expect(read("flows", "constructor=x&sort=size&state=").unknown).toEqual({
      constructor: "x",
      sort: "size",
      state: "",
    });
    // What the program could not keep is no part of a view.
    expect(read("runs", "Tone=x&1=y&state=+").query).toEqual({});
  });

  test("which view it is, and what is open beside it, is no part of a view", () => {
    const desk = read("exceptions", "view=0AB&x=dead-1&type=dead");
    expect(desk.query).toEqual({ type: "dead" });
    expect(desk.unknown).toEqual({});
  });

  test("goes there and back, whatever is looked for", () => {
    const query = { find: "A&B=1 #%“‮x”", status: "failed", period: "d" };
    const address = addressOf("runs", query, "0AB");
    expect(address.startsWith("/runs?")).toBe(true);
    const search = address.slice("/runs".length);
    expect(sameQuery(read("runs", search).query, query)).toBe(true);
    expect(new URLSearchParams(search).get("view")).toBe("0AB");
    expect(addressOf("flows", {})).toBe("/flows");
    expect(sameQuery(query, { ...query, period: "w" })).toBe(false);
    expect(sameQuery(query, { ...query, flow: "a" })).toBe(false);
  });

  test("blanks around what is typed make no other view", () => {
    expect(read("runs", "find=+Acme+").query).toEqual({ find: "Acme" });
    expect(read("runs", "find=+").query).toEqual({});
  });
});
