import { describe, expect, it } from "vitest";
import type { DraftServer, Loaded, Sent } from "../canvas/save.ts";
import type { Draft } from "../model/flow.ts";
import { sendChange } from "./useDraft.ts";

const draft = (erp: string, name: string): Draft => ({
  flow: { name },
  connections: { connections: { erp: { use: erp } } },
});
const ops = [
  { op: "replace" as const, path: "/connections/connections/erp", value: { use: "ours" } },
];

/** Has `now` as its newest revision, and takes a change that was made from that. */
function server(now: Loaded): DraftServer & { took: string[] } {
  const took: string[] = [];
  return {
    took,
    load: async () => now,
    send: async (_, revision): Promise<Sent> => {
      if (revision !== now.revision) return { kind: "stale" };
      took.push(revision);
      return { kind: "saved", revision: `${revision}+` };
    },
  };
}

describe("a change of a draft that was read", () => {
  const read = { draft: draft("", "Orders"), revision: "1" };

  it("goes through although something else has changed since", async () => {
    const there = server({ draft: draft("", "Orders of today"), revision: "2" });
    expect(await sendChange(there, ops, read)).toEqual({ kind: "saved", revision: "2+" });
    expect(there.took).toEqual(["2"]);
  });

  it("does not overwrite what another has changed at the same place", async () => {
    const there = server({ draft: draft("theirs", "Orders"), revision: "2" });
    expect(await sendChange(there, ops, read)).toEqual({ kind: "stale" });
    expect(there.took).toEqual([]);
  });

  it("ends where the draft changes each time", async () => {
    let sent = 0;
    const there: DraftServer = {
      load: async () => ({ draft: draft("", "Orders"), revision: `${sent}` }),
      send: async () => {
        sent++;
        return { kind: "stale" };
      },
    };
    expect(await sendChange(there, ops, read)).toEqual({ kind: "stale" });
    expect(sent).toBe(4);
  });
});
