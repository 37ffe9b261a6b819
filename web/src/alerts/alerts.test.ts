import { describe, expect, it } from "vitest";
import { nameFor } from "../app/names.ts";
import { type Alert, type AlertRule, groupsOf } from "./alerts.ts";
import { missingIn, formOf as newChannel, originOf } from "./channelForm.ts";
import { bodyOf, formOf, type RuleForm, wrongIn } from "./ruleForm.ts";

const rule = (rest: Partial<AlertRule>): AlertRule => ({
  rule: "failures",
  kind: "failure_rate",
  enabled: true,
  severity: "warning",
  revision: 1,
  ...rest,
});

describe("a rule", () => {
  const again = (one: AlertRule) => bodyOf(formOf(one));

  it("is what it was when nothing is changed", () => {
    const share = rule({ above: 0.07, clear: 0.05, least: 10, window_s: 90, for_s: 30 });
    expect(again(share)).toMatchObject({
      above: 0.07,
      clear: 0.05,
      least: 10,
      window_s: 90,
      for_s: 30,
      repeat_s: 14_400,
      channels: [],
    });
    const age = rule({ kind: "age", of: "queue", above: 450 });
    expect(again(age)).toMatchObject({ kind: "age", of: "queue", above: 450 });
    const few = rule({ kind: "count", metric: "runs.started", below: 3, window_s: 3600 });
    expect(again(few)).toMatchObject({ metric: "runs.started", below: 3, window_s: 3600 });
    expect(again(few)).not.toHaveProperty("above");
    const ends = rule({ kind: "certificate", connection: "main/production/a/erp", below: 14 });
    expect(again(ends)).toMatchObject({ below: 14, connection: "main/production/a/erp" });
  });

  it("has only what its kind takes", () => {
    const form: RuleForm = { ...formOf(undefined), kind: "connection", limit: "9", flow: "orders" };
    expect(Object.keys(bodyOf(form)).sort()).toEqual(
      ["channels", "enabled", "flow", "for_s", "kind", "quiet", "repeat_s", "severity"].sort(),
    );
  });

  it("says when an event is due", () => {
    const form = formOf(undefined);
    const due = { ...form.due, zone: "UTC", except: "2026-12-25, 2027-01-01" };
    expect(bodyOf({ ...form, kind: "missing", flow: "orders", due }).due).toEqual({
      time: "07:00",
      zone: "UTC",
      except: ["2026-12-25", "2027-01-01"],
      succeeded: false,
    });
  });

  it("is looked through before it is sent", () => {
    const form = formOf(undefined);
    expect([...wrongIn(form)]).toEqual([]);
    expect([...wrongIn({ ...form, limit: "much", window: "" })]).toEqual(["limit", "window"]);
    expect([...wrongIn({ ...form, kind: "missing" })]).toEqual(["flow"]);
  });
});

describe("groups of alerts", () => {
  const alert = (name: string, severity: string, since: string, flow?: string): Alert => ({
    alert: name,
    rule: name.slice(0, 1),
    kind: "count",
    severity,
    state: "firing",
    text: name,
    since_at: since,
    ...(flow ? { about: { flow } } : {}),
  });
  const all = [
    alert("a1", "info", "3"),
    alert("b1", "info", "2", "orders"),
    alert("a2", "info", "1", "orders"),
    alert("c1", "critical", "4", "orders"),
  ];

  it("have the worst first, then the largest, and begin with their oldest", () => {
    const groups = groupsOf("rule", all);
    expect(groups.map((one) => [one.name, one.alerts.length, one.since])).toEqual([
      ["c", 1, "4"],
      ["a", 2, "1"],
      ["b", 1, "2"],
    ]);
    expect(groupsOf("flow", all).map((one) => [one.name, one.severity])).toEqual([
      ["orders", "critical"],
      ["", "info"],
    ]);
  });
});

describe("a channel", () => {
  it("is for an origin", () => {
    expect(originOf("smtps://mail.example.com:466/x")).toBe("smtps://mail.example.com:466");
    expect(originOf("https://hooks.slack.com/services/T0/B0/x")).toBe("https://hooks.slack.com");
    expect(originOf("mail.example.com")).toBeUndefined();
  });

  it("lacks what its kind needs", () => {
    const form = newChannel(undefined);
    expect(missingIn(form, undefined)).toEqual(["url", "to"]);
    expect(missingIn({ ...form, kind: "slack", secret: "x" }, undefined)).toEqual(["secret"]);
    const chat = { ...form, kind: "slack" as const, secret: "https://hooks.slack.com/x" };
    expect(missingIn(chat, undefined)).toEqual([]);
  });
});

describe("a name", () => {
  it("is made of a title", () => {
    expect(nameFor("Orders fail – señor!")).toBe("orders-fail-senor");
    expect(nameFor("—")).toBe("");
  });
});
