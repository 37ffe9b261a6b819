// Holds the JSON texts that panes show, one per pane, off the page's thread.
import { IndexError, indexJson } from "./json_index.ts";
import { type DataRow, JsonView } from "./json_view.ts";

/** A text, or its bytes in parts none of which cuts a character. */
export type DataText = string | ArrayBuffer[];

export type DataAsk =
  | { do: "open"; text: DataText }
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

const views = new Map<number, JsonView>();

function openText(pane: number, text: DataText): DataAnswer {
  const decoder = new TextDecoder();
  const whole =
    typeof text === "string"
      ? text
      : text.map((part) => decoder.decode(part, { stream: true })).join("");
  try {
    const view = new JsonView(indexJson(whole));
    views.set(pane, view);
    return { count: view.count };
  } catch (error) {
    if (error instanceof IndexError) return { fault: error.message, text: whole.slice(0, 200_000) };
    throw error;
  }
}

function answer(pane: number, what: DataAsk): DataAnswer {
  if (what.do === "open") return openText(pane, what.text);
  const view = views.get(pane);
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
    case "close":
      views.delete(pane);
      return {};
  }
}

self.onmessage = (event: MessageEvent<DataMessage>) => {
  const { pane, ask, what } = event.data;
  self.postMessage({ pane, ask, answer: answer(pane, what) });
};
