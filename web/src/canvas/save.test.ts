import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { setMember, setTitle } from "../model/commands/edit.ts";
import type { Outcome } from "../model/commands/outcome.ts";
import { type Draft, draftOf, indexOf } from "../model/flow.ts";
import { type Json, parseJson, sameJson, writeJson } from "../model/json.ts";
import { applyPatch, type PatchOp } from "../model/patch.ts";
import { sampleDraft } from "../model/samples.ts";
import { fromJournal, toJournal } from "./history.ts";
import { type DraftServer, IDLE_MS, Saver, type SaveStatus, type Sent } from "./save.ts";
import { createEditor } from "./store.ts";

const after = (outcome: Outcome): Draft => ("draft" in outcome ? outcome.draft : sampleDraft());

/** A server that keeps a draft as the program does: a revision for each change, stale ones refused. */
class Kept implements DraftServer {
  draft: Json = sampleDraft();
  revision = 7;
  down = false;
  sent = 0;
  gate: Promise<void> | undefined;

  load() {
    if (this.down) {
      return Promise.reject(new Error("down"));
    }
    return Promise.resolve({ draft: draftOf(this.draft), revision: String(this.revision) });
  }

  async send(ops: readonly PatchOp[], revision: string): Promise<Sent> {
    this.sent++;
    await this.gate;
    if (this.down) {
      return { kind: "unreachable", detail: "down" };
    }
    if (revision !== String(this.revision)) {
      return { kind: "stale" };
    }
    this.draft = applyPatch(this.draft, ops);
    this.revision++;
    return { kind: "saved", revision: String(this.revision) };
  }

  /** Somebody else saves. */
  foreign(change: (draft: Draft) => Outcome): void {
    this.draft = after(change(draftOf(this.draft)));
    this.revision++;
  }
}

function begin(server: Kept) {
  const statuses: SaveStatus[] = [];
  let who: string | undefined;
  let draft = draftOf(server.draft);
  const saver = new Saver({
    server,
    loaded: { draft, revision: String(server.revision) },
    current: () => draft,
    merged: (next, _foreign, by) => {
      draft = next;
      who = by;
    },
    onStatus: (status) => statuses.push(status),
  });
  const edit = (change: (draft: Draft) => Outcome): void => {
    draft = after(change(draft));
    saver.touch();
  };
  return { saver, statuses, edit, now: () => draft, who: () => who };
}

const timeout = (id: string, value: string) => (draft: Draft) =>
  setMember(draft, id, ["timeout"], value);
const stepOf = (draft: Json, id: string) => indexOf(draftOf(draft)).steps.get(id);

describe("autosave", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("sends once after a pause, as a patch on the newest revision", async () => {
    const server = new Kept();
    const { edit, statuses } = begin(server);
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
    edit(timeout("post", "2s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS + 1);
    expect(server.sent).toBe(1);
    expect(stepOf(server.draft, "post")?.node.timeout).toBe("2s");
    expect(statuses.at(-1)?.kind).toBe("saved");
  });

  it("sends what was changed while it was sending", async () => {
    const server = new Kept();
    const { edit } = begin(server);
    let open = (): void => undefined;
    server.gate = new Promise((resolve) => {
      open = resolve;
    });
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS + 1);
    edit(timeout("note", "3s"));
    open();
    await vi.advanceTimersByTimeAsync(3 * IDLE_MS);
    expect(server.sent).toBe(2);
    expect(stepOf(server.draft, "note")?.node.timeout).toBe("3s");
  });

  it("goes on trying when nobody answers, and loses nothing", async () => {
    const server = new Kept();
    const { edit, statuses, saver } = begin(server);
    server.down = true;
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS + 1);
    expect(statuses.at(-1)?.kind).toBe("offline");
    edit(timeout("note", "2s"));
    server.down = false;
    await vi.advanceTimersByTimeAsync(40_000);
    expect(saver.clean).toBe(true);
    expect(
      [stepOf(server.draft, "post"), stepOf(server.draft, "note")].map(
        (step) => step?.node.timeout,
      ),
    ).toEqual(["1s", "2s"]);
  });

  it("puts another's change and mine together when they are apart", async () => {
    const server = new Kept();
    const { edit, now } = begin(server);
    server.foreign((draft) => setTitle(draft, "note", "Theirs"));
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(stepOf(now(), "note")?.title).toBe("Theirs");
    expect(stepOf(server.draft, "post")?.node.timeout).toBe("1s");
    expect(sameJson(now(), server.draft)).toBe(true);
  });

  it("takes what it is told of at once, and its own change for nothing", async () => {
    const server = new Kept();
    const { edit, now, who, saver } = begin(server);
    let open = (): void => undefined;
    server.gate = new Promise((done) => {
      open = done;
    });
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    const own = saver.refresh(8, "anna"); // while it is being saved as revision 8
    open();
    await own;
    expect(who()).toBeUndefined();
    server.foreign((draft) => setTitle(draft, "note", "Theirs"));
    await saver.refresh(9, "ben");
    expect(who()).toBe("ben");
    expect(stepOf(now(), "note")?.title).toBe("Theirs");
    expect(stepOf(now(), "post")?.node.timeout).toBe("1s");
  });

  it("asks where both changed the same, sends nothing before, then what was chosen", async () => {
    const server = new Kept();
    const { edit, statuses, saver } = begin(server);
    server.foreign(timeout("post", "9s"));
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(20 * IDLE_MS);
    const status = statuses.at(-1);
    expect(status?.kind).toBe("conflict");
    expect(server.sent).toBe(1);
    edit(timeout("note", "4s"));
    await vi.advanceTimersByTimeAsync(20 * IDLE_MS);
    expect(server.sent).toBe(1);
    const pointer = status?.kind === "conflict" ? (status.conflicts[0]?.pointer ?? "") : "";
    saver.resolve(new Map([[pointer, "theirs"]]));
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(stepOf(server.draft, "post")?.node.timeout).toBe("9s");
    expect(stepOf(server.draft, "note")?.node.timeout).toBe("4s");
  });

  it("takes another's change and sends its own one behind the other, whatever waits for both", async () => {
    const server = new Kept();
    const { edit, saver, now } = begin(server);
    let open = (): void => undefined;
    server.gate = new Promise((resolve) => {
      open = resolve;
    });
    edit(timeout("post", "1s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS + 1);
    const told = saver.refresh(server.revision + 2, "ben"); /* while the first is on its way */
    edit(timeout("note", "2s"));
    await vi.advanceTimersByTimeAsync(IDLE_MS + 1); /* the second waits behind it */
    server.gate = undefined;
    const { load } = server;
    let loading = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      loading = resolve;
    });
    server.load = async () => {
      const theirs = await load.call(server);
      await slow; /* what it reads is old by the time it comes */
      return theirs;
    };
    open();
    await vi.advanceTimersByTimeAsync(1);
    loading();
    await told;
    await vi.advanceTimersByTimeAsync(4 * IDLE_MS);
    for (const draft of [now(), server.draft]) {
      expect(stepOf(draft, "post")?.node.timeout).toBe("1s");
      expect(stepOf(draft, "note")?.node.timeout).toBe("2s");
    }
  });

  it("brings back what was kept from before a reload, onto what others did since", async () => {
    const base = sampleDraft();
    const kept = after(timeout("post", "1s")(base));
    const server = new Kept();
    server.foreign((draft) => setTitle(draft, "note", "Theirs"));
    const { saver, now } = begin(server);
    saver.recover(base, kept);
    await vi.advanceTimersByTimeAsync(2 * IDLE_MS);
    expect(stepOf(server.draft, "post")?.node.timeout).toBe("1s");
    expect(stepOf(now(), "note")?.title).toBe("Theirs");
  });
});

describe("the editor's state", () => {
  it("undoes its own change alone after another's was merged in", () => {
    const editor = createEditor({ flow: "x", draft: sampleDraft() });
    editor.run(timeout("post", "1s")(editor.getState().draft));
    editor.take(after(setTitle(editor.getState().draft, "note", "Theirs")), true);
    editor.undo();
    const { draft } = editor.getState();
    expect(stepOf(draft, "post")?.node.timeout).toBeUndefined();
    expect(stepOf(draft, "note")?.title).toBe("Theirs");
    editor.redo();
    expect(stepOf(editor.getState().draft, "post")?.node.timeout).toBe("1s");
  });

  it("keeps its history over a reload", () => {
    const editor = createEditor({ flow: "x", draft: sampleDraft() });
    editor.run(timeout("post", "1s")(editor.getState().draft));
    editor.run(setTitle(editor.getState().draft, "note", "N"));
    const { draft, history } = editor.getState();
    const again = fromJournal(toJournal(history), draftOf(parseJson(writeJson(draft))));
    expect(again.past.map((entry) => entry.name)).toEqual(["edit", "title"]);
    expect(sameJson(again.past[0]?.before, sampleDraft())).toBe(true);
  });

  it("refuses to change what may only be looked at", () => {
    const editor = createEditor({ flow: "x", draft: sampleDraft(), readOnly: true });
    expect(editor.run(timeout("post", "1s")(editor.getState().draft))).toBe(false);
    expect(editor.getState().said).toMatchObject({ refused: true });
  });
});
