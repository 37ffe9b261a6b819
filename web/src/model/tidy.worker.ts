// Tidies flows off the page's thread.
import type { Draft } from "./flow.ts";
import { parseJson } from "./json.ts";
import type { Point } from "./layout.ts";
import { tidyPlaces } from "./tidy.ts";

export interface TidyAsk {
  ask: number;
  /** Of the draft, the flow and its layout. */
  text: string;
  only: ReadonlySet<string> | undefined;
}

export interface TidyAnswer {
  ask: number;
  places: Map<string, Point>;
}

self.onmessage = ({ data }: MessageEvent<TidyAsk>) => {
  const places = tidyPlaces(parseJson(data.text) as Draft, data.only);
  self.postMessage({ ask: data.ask, places } satisfies TidyAnswer);
};
