// Holds the JSON texts that panes show, one per pane, off the page's thread. A large text is shown from
// its beginning on, while the rest is on its way; what asks for the whole of it waits for that.
import { IndexError, Indexer, indexHead, type JsonIndex } from "./json_index.ts";
import { type DataRow, JsonView } from "./json_view.ts";

export type DataAsk =
  /** A text, or its bytes; more: the beginning of them, which may end within a character. */
  | { do: "open"; text: string | ArrayBuffer; more: boolean }
  /** The bytes behind those, in parts. */
  | { do: "rest"; parts: ArrayBuffer[] }
  | { do: "rows"; first: number; last: number }
  | { do: "toggle"; at: number; open: boolean }
  | { do: "toggleAll"; open: boolean }
  | { do: "show"; at: number }
  | { do: "search"; words: string }
  | { do: "value"; at: number }
  | { do: "close" };

export interface DataAnswer {
  count?: number;
  rows?: DataRow[];
  row?: number;
  hits?: number[];
  text?: string;
  path?: (string | number)[];
  fault?: string;
}

export interface DataMessage {
  pane: number;
  ask: number;
  what: DataAsk;
}

interface Pane {
  decoder: TextDecoder;
  head: string;
  view?: JsonView;
  whole: Promise<void>;
  /** The whole is there, or will never be. */
  end: () => void;
}

const STEPS = 40_000; // some milliseconds of indexing
const RAW = 200_000; // characters of what is no JSON

const panes = new Map<number, Pane>();
const { port1, port2 } = new MessageChannel();
const turns: (() => void)[] = [];
port1.onmessage = () => turns.shift()?.();

/** Lets those come in between who have asked for something. */
function others(): Promise<void> {
  return new Promise((done) => {
    turns.push(done);
    port2.postMessage(0);
  });
}

/** undefined: it has been closed meanwhile. */
async function indexed(text: string, still: () => boolean): Promise<JsonIndex | undefined> {
  const indexer = new Indexer(text);
  for (;;) {
    const index = indexer.run(STEPS);
    if (index) return index;
    await others();
    if (!still()) return undefined;
  }
}

async function take(pane: number, own: Pane, text: string): Promise<DataAnswer> {
  try {
    const index = await indexed(text, () => panes.get(pane) === own);
    if (!index) return {};
    own.view = new JsonView(index, own.view);
    return { count: own.view.count };
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
    delete own.view;
    return { fault: error.message, text: text.slice(0, RAW) };
  } finally {
    void others().then(own.end); // what this comes to is told before what has waited for it
  }
}

function open(pane: number, text: string | ArrayBuffer, more: boolean): Promise<DataAnswer> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  const head = typeof text === "string" ? text : decoder.decode(text, { stream: more });
  const own: Pane = { decoder, head, whole: promise, end: resolve };
  panes.get(pane)?.end();
  panes.set(pane, own);
  if (!more) return take(pane, own, head);
  const index = indexHead(head);
  if (index.count === 0) return Promise.resolve({});
  own.view = new JsonView(index);
  return Promise.resolve({ count: own.view.count });
}

function rest(pane: number, own: Pane, parts: ArrayBuffer[]): Promise<DataAnswer> {
  const { decoder, head } = own;
  const texts = parts.map((part) => decoder.decode(part, { stream: true }));
  own.head = "";
  return take(pane, own, [head, ...texts, decoder.decode()].join(""));
}

async function answer(pane: number, what: DataAsk): Promise<DataAnswer> {
  if (what.do === "open") return open(pane, what.text, what.more);
  const own = panes.get(pane);
  if (what.do === "close") {
    panes.delete(pane);
    own?.end();
    return {};
  }
  if (own && what.do === "rest") return rest(pane, own, what.parts);
  if (what.do !== "rows" && what.do !== "toggle") await own?.whole;
  const view = own?.view;
  if (!view) return { fault: "closed" };
  switch (what.do) {
    case "rows":
      return { rows: view.rows(what.first, what.last) };
    case "toggle":
      view.toggle(what.at, what.open);
      return { count: view.count };
    case "toggleAll":
      view.toggleAll(what.open);
      return { count: view.count };
    case "show": {
      const row = view.show(what.at);
      return { count: view.count, row };
    }
    case "search":
      return { hits: view.search(what.words) };
    case "value":
      return { text: view.whole(what.at), path: view.path(what.at) };
    default:
      return {};
  }
}

self.onmessage = async (event: MessageEvent<DataMessage>) => {
  const { pane, ask, what } = event.data;
  self.postMessage({ pane, ask, answer: await answer(pane, what) });
};
