/*
 * Opens a flow's draft and keeps it: the server's state, what this browser kept of an earlier visit,
 * autosave, the journal, and the server's word on what is wrong.
 */
import { useEffect, useState } from "react";
import { onLive } from "../api/events.ts";
import { useSession } from "../api/session.ts";
import { type Catalog, catalogOf } from "../model/catalog.ts";
import { draftOf, isNewer } from "../model/flow.ts";
import { parseJson } from "../model/json.ts";
import type { Side } from "../model/merge.ts";
import { claim } from "./claim.ts";
import { fromJournal, toJournal } from "./history.ts";
import { browserJournal, type Journal } from "./journal.ts";
import { Saver, texts } from "./save.ts";
import { draftServer, loadCatalog, validate } from "./server.ts";
import { createEditor, type Editor, type EditorState } from "./store.ts";

const JOURNAL_MS = 150;
const IDLE_MOST_MS = 500;
const VALIDATE_MS = 500;

export interface OpenDraft {
  readonly editor: Editor;
  readonly save: () => void;
  /** Of the draft with all that is drawn in it. */
  readonly revision: () => Promise<string>;
  readonly resolve: (choices: ReadonlyMap<string, Side>) => void;
}

export type Opening =
  | { state: "loading" }
  | { state: "failed"; error: unknown; again: () => void }
  | ({ state: "open" } & OpenDraft);

interface Kept {
  readonly base: ReturnType<typeof draftOf>;
  readonly draft: ReturnType<typeof draftOf>;
}

async function readJournal(key: string): Promise<{ journal: Journal; kept: Kept } | undefined> {
  try {
    const journal = await browserJournal.read(key);
    if (journal === undefined) {
      return undefined;
    }
    return {
      journal,
      kept: { base: draftOf(parseJson(journal.base)), draft: draftOf(parseJson(journal.draft)) },
    };
  } catch {
    return undefined; /* no database here, or not readable: the server's state counts */
  }
}

/** Writing a large flow takes a moment: not while somebody draws. */
function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in window) {
    window.requestIdleCallback(run, { timeout: IDLE_MOST_MS });
  } else {
    run();
  }
}

/** Writes what differs from the server's state, and forgets it when nothing does. */
function keepJournal(key: string, editor: Editor, saver: Saver): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = (): void => {
    const { draft, history } = editor.getState();
    const kept = saver.clean && history.past.length === 0;
    const journal = {
      key,
      revision: saver.revision,
      ...texts(saver, draft),
      at: Date.now(),
      history: toJournal(history),
    };
    void (kept ? browserJournal.remove(key) : browserJournal.write(journal)).catch(() => undefined);
  };
  const stop = editor.subscribe((now, before) => {
    if (now.draft !== before.draft || now.save !== before.save) {
      clearTimeout(timer);
      timer = setTimeout(() => whenIdle(write), JOURNAL_MS);
    }
  });
  const leave = (): void => write();
  addEventListener("pagehide", leave);
  return () => {
    clearTimeout(timer);
    write();
    stop();
    removeEventListener("pagehide", leave);
  };
}

function keepValid(flow: string, editor: Editor): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();
  const ask = async (): Promise<void> => {
    asked.abort();
    asked = new AbortController();
    const { draft } = editor.getState();
    try {
      const problems = await validate(flow, draft, asked.signal);
      if (editor.getState().draft.flow === draft.flow) {
        editor.setState({ server: problems });
      }
    } catch {
      /* what can be told without the server is shown meanwhile */
    }
  };
  const plan = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), VALIDATE_MS);
  };
  plan();
  const stop = editor.subscribe((now, before) => {
    if (now.draft !== before.draft) {
      plan();
    }
  });
  return () => {
    stop();
    clearTimeout(timer);
    asked.abort();
  };
}

function startSaving(
  editor: Editor,
  flow: string,
  loaded: { draft: EditorState["draft"]; revision: string },
): Saver {
  return new Saver({
    server: draftServer(flow),
    loaded,
    current: () => editor.getState().draft,
    merged: (draft, foreign, by) => editor.take(draft, foreign, by),
    onStatus: (save) => editor.setState({ save }),
  });
}

type Rights = { write: boolean; rules: boolean };

/** person: whose changes the journal keeps. */
async function open(
  flow: string,
  person: string,
  may: Rights,
): Promise<OpenDraft & { close: () => void }> {
  const own = await claim(`${person}/${flow}`, browserJournal);
  try {
    const opened = await begin(flow, own.key, may);
    const close = (): void => {
      opened.close();
      own.release();
    };
    return { ...opened, close };
  } catch (cause) {
    own.release();
    throw cause;
  }
}

async function begin(
  flow: string,
  key: string,
  may: Rights,
): Promise<OpenDraft & { close: () => void }> {
  const [loaded, types, kept] = await Promise.all([
    draftServer(flow).load(),
    loadCatalog(),
    readJournal(key),
  ]);
  const catalog: Catalog = catalogOf(types);
  const same = kept !== undefined && kept.journal.revision === loaded.revision;
  const history = same ? fromJournal(kept.journal.history, kept.kept.draft) : undefined;
  const small = window.matchMedia("(max-width: 767px)").matches;
  const editor = createEditor({
    flow,
    draft: loaded.draft,
    catalog,
    readOnly: !may.write || isNewer(loaded.draft),
    rulesReadOnly: !may.rules || isNewer(loaded.draft),
    view: small ? "outline" : "canvas",
    ...(history === undefined ? {} : { history }),
  });
  const saver = startSaving(editor, flow, loaded);
  const stops = [
    editor.subscribe((now, before) => {
      if (now.draft !== before.draft) {
        saver.touch();
      }
    }),
    onLive("draft", (data) => {
      const told = data as { flow?: string; revision?: number; by?: string } | undefined;
      if (told?.flow !== flow) {
        return;
      }
      if (told.revision === 0) {
        editor.say({ id: "canvas.draftGone", values: { by: told.by ?? "" } }, true);
      } else {
        void saver.refresh(told.revision ?? 0, told.by);
      }
    }),
    keepJournal(key, editor, saver),
    keepValid(flow, editor),
  ];
  if (kept !== undefined) {
    saver.recover(kept.kept.base, kept.kept.draft);
  }
  const online = (): void => void saver.flush();
  addEventListener("online", online);
  return {
    editor,
    save: () => void saver.flush().then(() => editor.say({ id: "canvas.savedNow" })),
    revision: async () => {
      await saver.flush();
      return saver.revision;
    },
    resolve: (choices) => saver.resolve(choices),
    close: () => {
      removeEventListener("online", online);
      void saver.flush().finally(() => saver.close());
      for (const stop of stops) {
        stop();
      }
    },
  };
}

export function useDraft(flow: string): Opening {
  const [opening, setOpening] = useState<Opening>({ state: "loading" });
  const [tries, setTries] = useState(0);
  const person = useSession((session) => `${session.workspace}/${session.user}`);
  const mayWrite = useSession((session) => session.permissions.has("flows.write"));
  const mayRules = useSession((session) => session.permissions.has("rules.write"));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try opens it anew
  useEffect(() => {
    let close: (() => void) | undefined;
    let left = false;
    setOpening({ state: "loading" });
    open(flow, person, { write: mayWrite, rules: mayRules }).then(
      (opened) => {
        close = opened.close;
        if (left) {
          close();
        } else {
          setOpening({ state: "open", ...opened });
        }
      },
      (error: unknown) => {
        const again = (): void => setTries((count) => count + 1);
        if (!left) {
          setOpening({ state: "failed", error, again });
        }
      },
    );
    return () => {
      left = true;
      close?.();
    };
  }, [flow, person, mayWrite, mayRules, tries]);
  return opening;
}
