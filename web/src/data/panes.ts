// The page's side of json.worker.ts: one worker for all panes, started with the first.
import type { DataAnswer, DataAsk, DataMessage } from "./json.worker.ts";

let worker: Worker | undefined;
let lastAsk = 0;
let lastPane = 0;
const waiting = new Map<number, (answer: DataAnswer) => void>();

function started(): Worker {
  if (worker) return worker;
  worker = new Worker(new URL("./json.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = (event: MessageEvent<{ ask: number; answer: DataAnswer }>) => {
    waiting.get(event.data.ask)?.(event.data.answer);
    waiting.delete(event.data.ask);
  };
  return worker;
}

/** The worker is begun with it: it starts while the text is on its way. */
export function newPane(): number {
  started();
  return ++lastPane;
}

function moved(what: DataAsk): ArrayBuffer[] {
  if (what.do === "rest") return what.parts;
  return what.do === "open" && typeof what.text !== "string" ? [what.text] : [];
}

export function askPane(pane: number, what: DataAsk): Promise<DataAnswer> {
  const message: DataMessage = { pane, ask: ++lastAsk, what };
  return new Promise((resolve) => {
    waiting.set(message.ask, resolve);
    started().postMessage(message, moved(what));
  });
}
