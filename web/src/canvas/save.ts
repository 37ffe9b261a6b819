/*
 * Autosave of a draft. What is drawn goes to the server as a JSON Patch against the newest state it
 * has acknowledged, with that state's revision; a moment after the last change, one at a time.
 *
 * 1. `base` is what the server has acknowledged; `revision` is its name for it.
 * 2. What differs from `base` is in the journal until the server has acknowledged it.
 * 3. A refusal because of another's change merges; where both changed the same place a person
 *    chooses, and nothing is sent before.
 */

import type { Problem } from "../api/problems.ts";
import type { Draft } from "../model/flow.ts";
import { sameJson, writeJson } from "../model/json.ts";
import { type Conflict, mergeDrafts, type Side } from "../model/merge.ts";
import { type PatchOp, patchBetween } from "../model/patch.ts";

export interface Loaded {
  readonly draft: Draft;
  readonly revision: string;
  /** That it was made from. */
  readonly template?: string | undefined;
}

export type Sent =
  | { readonly kind: "saved"; readonly revision: string }
  | { readonly kind: "stale" }
  | {
      readonly kind: "unreachable" | "refused";
      readonly detail: string;
      readonly problem?: Problem;
    };

export interface DraftServer {
  load(): Promise<Loaded>;
  send(ops: readonly PatchOp[], revision: string): Promise<Sent>;
}

export type SaveStatus =
  | { readonly kind: "saved"; readonly at: number }
  | { readonly kind: "waiting" } /* changed, about to be sent */
  | { readonly kind: "saving"; readonly slow: boolean }
  | { readonly kind: "offline"; readonly detail: string; readonly again: number }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "conflict"; readonly conflicts: readonly Conflict[]; readonly theirs: Draft };

export interface SaverOptions {
  readonly server: DraftServer;
  readonly loaded: Loaded;
  readonly current: () => Draft;
  /** The draft after another's change; who that was, when the program has told it. */
  readonly merged: (draft: Draft, foreign: boolean, by?: string) => void;
  readonly onStatus: (status: SaveStatus) => void;
  readonly now?: () => number;
}

export const IDLE_MS = 800;
const SLOW_MS = 3000;
const AGAIN_MS = [1000, 2000, 4000, 8000, 15000, 30000];

export class Saver {
  private readonly options: SaverOptions;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending: Promise<void> | undefined;
  private tries = 0;
  private pending: { base: Draft; theirs: Loaded } | undefined;
  private closed = false;
  private told: { revision: number; by: string | undefined } = { revision: 0, by: undefined };
  base: Draft;
  revision: string;
  status: SaveStatus;

  constructor(options: SaverOptions) {
    this.options = options;
    this.base = options.loaded.draft;
    this.revision = options.loaded.revision;
    this.status = { kind: "saved", at: this.now() };
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }

  private tell(status: SaveStatus): void {
    this.status = status;
    if (!this.closed) {
      this.options.onStatus(status);
    }
  }

  get clean(): boolean {
    const current = this.options.current();
    return current === this.base || sameJson(current, this.base);
  }

  /** The draft has changed. */
  touch(): void {
    if (this.closed || this.pending !== undefined) {
      return;
    }
    if (this.status.kind !== "offline") {
      this.tell(this.clean && this.sending === undefined ? this.saved() : { kind: "waiting" });
      this.plan(IDLE_MS);
    }
  }

  private saved(): SaveStatus {
    return this.status.kind === "saved" ? this.status : { kind: "saved", at: this.now() };
  }

  private plan(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  /** Sends what is left, at once; resolves when the server has it or cannot be had. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    while (this.sending !== undefined) {
      await this.sending; /* what waited for it, too, may be quicker to go on */
    }
    if (this.closed || this.pending !== undefined) {
      return;
    }
    const snapshot = this.options.current();
    const ops = patchBetween(this.base, snapshot);
    if (ops.length === 0) {
      this.tell(this.saved());
      return;
    }
    this.sending = this.send(ops, snapshot);
    try {
      await this.sending;
    } finally {
      this.sending = undefined;
    }
  }

  private async send(ops: readonly PatchOp[], snapshot: Draft): Promise<void> {
    this.tell({ kind: "saving", slow: false });
    const slow = setTimeout(() => this.tell({ kind: "saving", slow: true }), SLOW_MS);
    const sent = await this.options.server.send(ops, this.revision);
    clearTimeout(slow);
    if (sent.kind === "saved") {
      this.tries = 0;
      this.base = snapshot;
      this.revision = sent.revision;
      if (this.clean) {
        this.tell({ kind: "saved", at: this.now() });
      } else {
        this.tell({ kind: "waiting" });
        this.plan(IDLE_MS);
      }
    } else if (sent.kind === "stale") {
      await this.meet();
    } else if (sent.kind === "refused") {
      this.tell({ kind: "refused", detail: sent.detail });
    } else {
      this.wait(sent.detail);
    }
  }

  private wait(detail: string): void {
    const ms = AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)] ?? 30000;
    this.tell({ kind: "offline", detail, again: this.now() + ms });
    this.plan(ms);
  }

  /** Somebody else has saved: fetch theirs, merge, go on from there. */
  private async meet(): Promise<void> {
    let theirs: Loaded;
    try {
      theirs = await this.options.server.load();
    } catch (error) {
      this.wait(error instanceof Error ? error.message : String(error));
      return;
    }
    const merged = mergeDrafts(this.base, this.options.current(), theirs.draft);
    if (merged.conflicts.length > 0) {
      this.pending = { base: this.base, theirs };
      this.tell({ kind: "conflict", conflicts: merged.conflicts, theirs: theirs.draft });
      return;
    }
    this.take(theirs, merged.draft);
  }

  private take(theirs: Loaded, draft: Draft): void {
    this.base = theirs.draft;
    this.revision = theirs.revision;
    this.options.merged(
      draft,
      true,
      this.told.revision === Number(theirs.revision) ? this.told.by : undefined,
    );
    this.tell(this.clean ? { kind: "saved", at: this.now() } : { kind: "waiting" });
    this.plan(0);
  }

  /** A person has chosen, place by place. */
  resolve(choices: ReadonlyMap<string, Side>): void {
    const pending = this.pending;
    if (pending === undefined) {
      return;
    }
    this.pending = undefined;
    const merged = mergeDrafts(pending.base, this.options.current(), pending.theirs.draft, choices);
    this.take(pending.theirs, merged.draft);
  }

  private get behind(): boolean {
    return this.told.revision > Number(this.revision) && this.pending === undefined && !this.closed;
  }

  /** A change has been told of: another's is looked at as soon as nothing is under way. */
  async refresh(revision: number, by?: string): Promise<void> {
    if (revision > this.told.revision) {
      this.told = { revision, by };
    }
    while (this.sending !== undefined) {
      await this.sending;
    }
    if (this.behind) {
      this.sending = this.meet();
      await this.sending.finally(() => {
        this.sending = undefined;
      });
    }
  }

  /** What was kept from before a reload meets what the server has now. */
  recover(base: Draft, draft: Draft): void {
    const theirs = { draft: this.base, revision: this.revision };
    const merged = mergeDrafts(base, draft, theirs.draft);
    this.options.merged(merged.conflicts.length > 0 ? draft : merged.draft, false);
    if (merged.conflicts.length > 0) {
      this.pending = { base, theirs };
      this.tell({ kind: "conflict", conflicts: merged.conflicts, theirs: theirs.draft });
    } else {
      this.touch();
    }
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }
}

const written = new WeakMap<Draft, string>();

function textOf(draft: Draft): string {
  const text = written.get(draft) ?? writeJson(draft);
  written.set(draft, text);
  return text;
}

/** For the journal: the texts of both states. */
export function texts(saver: Saver, current: Draft): { base: string; draft: string } {
  return { base: textOf(saver.base), draft: textOf(current) };
}
