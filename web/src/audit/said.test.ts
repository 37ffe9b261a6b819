import { describe, expect, test } from "vitest";
import type { AuditRecord } from "./audit.ts";
import { thingOf } from "./said.ts";

const record = (what: string, object: string, rest: Partial<AuditRecord> = {}): AuditRecord => ({
  seq: 1,
  at: "2026-11-21T18:50:00.123Z",
  by: "anna",
  what,
  object,
  workspace: "main",
  code: "00",
  ...rest,
});

const at = (...of: Parameters<typeof record>) => {
  const { kind, name, href } = thingOf(record(...of));
  return [kind, name, href];
};

describe("what a record is of, and where that is looked at", () => {
  test.each([
    [
      ["draft.change", "draft/main/pay"],
      ["flow", "pay", "/flows/pay"],
    ],
    [
      ["flow.publish", "version_note/main/pay:000012", { detail: { version: "c5c6" } }],
      ["version_note", "pay v12", "/flows/pay/versions?v=c5c6"],
    ],
    [
      ["deployment.approve", "deployment_request/main/pay:1795", { after: { version: "c5c6" } }],
      ["deployment", "pay", "/flows/pay/versions?v=c5c6"],
    ],
    [
      ["deploy", "main/production/pay", { detail: { before: null, version: "c5c6" } }],
      ["deployment", "pay, production", "/flows/pay/versions?v=c5c6"],
    ],
    [
      ["halt", "main/production/pay/erp"],
      ["connection", "pay/erp", "/connections?c=main%2Fproduction%2Fpay%2Ferp"],
    ],
    [
      ["connection.change", "connection/main/books"],
      ["connection", "books", "/connections?tab=shared"],
    ],
    [
      ["replay", "0AMC2FQAW0000"],
      ["run", "0AMC2FQAW0000", "/runs/0AMC2FQAW0000"],
    ],
    [
      ["decide", "0AMC2FQAW0000/lines[2]/pay"],
      ["run", "0AMC2FQAW0000/lines[2]/pay", "/runs/0AMC2FQAW0000?step=lines%5B2%5D%2Fpay"],
    ],
    [
      ["payload.reveal", "0AMC2FQAW0000-input"],
      ["run", "0AMC2FQAW0000-input", "/runs/0AMC2FQAW0000"],
    ],
    [
      ["vault.set", "books_key"],
      ["secret", "books_key", "/connections?tab=secrets"],
    ],
    [
      ["user.make", "user//u4b0104f8ddc896474ca8", { name: "ben", workspace: undefined }],
      ["user", "ben", "/users"],
    ],
    [
      ["start", "/var/lib/weft", { workspace: undefined }],
      [undefined, "/var/lib/weft", undefined],
    ],
    [
      ["audit.read", "audit"],
      [undefined, "audit", undefined],
    ],
  ] as [Parameters<typeof record>, unknown[]][])("%j", (of, expected) => {
    expect(at(...of)).toEqual(expected);
  });
});
