// The stream of server-sent events. The browser's own EventSource asks again after a break and
// says which event it had last; after an answer that ends it for good we wait and open anew.

export type StreamState = "asking" | "open" | "broken";

export interface StreamEvent {
  state?: StreamState;
  /** Topic and data of an event, as the program sent it. */
  topic?: string;
  data?: unknown;
  id?: string;
}

const AGAIN_MS = 5_000;

export class Stream {
  state: StreamState = "asking";
  private source: EventSource | undefined;
  private url = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly tell: (event: StreamEvent) => void;

  constructor(tell: (event: StreamEvent) => void) {
    this.tell = tell;
  }

  /** The same address again changes nothing; another one takes the place of the former. */
  open(url: string): void {
    if (url === this.url && this.source) return;
    this.close();
    this.url = url;
    this.connect();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  private say(state: StreamState): void {
    if (state === this.state) return;
    this.state = state;
    this.tell({ state });
  }

  private connect(): void {
    const source = new EventSource(this.url);
    this.source = source;
    source.addEventListener("open", () => this.tell({ topic: "begun" }), { once: true });
    source.onopen = () => this.say("open"); // again, with the event it had last: none is missed
    source.onerror = () => {
      this.say("broken");
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      this.source = undefined;
      this.tell({ topic: "refused" });
      this.timer = setTimeout(() => this.connect(), AGAIN_MS);
    };
    source.onmessage = (event: MessageEvent<string>) => this.heard("message", event);
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => this.heard(topic, event as MessageEvent<string>));
    }
  }

  private heard(topic: string, event: MessageEvent<string>): void {
    let data: unknown = event.data;
    try {
      data = JSON.parse(event.data);
    } catch {
      // A text is a text.
    }
    this.tell({ topic, data, id: event.lastEventId });
  }
}

/** The names of events that the program sends; reset: more was missed than it can tell again. */
export const TOPICS = [
  "run",
  "step",
  "exception",
  "connection",
  "deployment",
  "draft",
  "alert",
  "job",
  "reset",
] as const;
/** begun: what happened before was not heard. refused: the program has no stream for this browser now. */
export type Topic = (typeof TOPICS)[number] | "begun" | "refused";
