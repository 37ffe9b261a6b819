// What happens now: one stream for all tabs by a SharedWorker; where there is none, one per tab.
import { create } from "zustand";
import { BASE } from "./client.ts";
import { Stream, type StreamEvent, type StreamState, type Topic } from "./stream.ts";

export const useLive = create<{ state: StreamState }>(() => ({ state: "asking" }));

type Listener = (data: unknown) => void;
const listeners = new Map<Topic, Set<Listener>>();

function heard(event: StreamEvent): void {
  if (event.state) useLive.setState({ state: event.state });
  if (event.topic === undefined) return;
  for (const listen of listeners.get(event.topic as Topic) ?? []) listen(event.data);
}

let port: MessagePort | undefined;
let own: Stream | undefined;

/** Opens the stream of a workspace, or changes to it. */
export function openLive(workspace: string): void {
  const url = `${BASE}/events?workspace=${encodeURIComponent(workspace)}`;
  if (typeof SharedWorker === "undefined") {
    own ??= new Stream(heard);
    own.open(url);
    return;
  }
  if (!port) {
    const worker = new SharedWorker(new URL("./events.shared.ts", import.meta.url), {
      type: "module",
      name: "weft-live",
    });
    port = worker.port;
    port.onmessage = (message: MessageEvent<StreamEvent>) => heard(message.data);
    addEventListener("pagehide", () => port?.postMessage({ do: "close" }));
  }
  port.postMessage({ do: "open", url });
}

export function onLive(topic: Topic, listen: Listener): () => void {
  const set = listeners.get(topic) ?? new Set();
  set.add(listen);
  listeners.set(topic, set);
  return () => set.delete(listen);
}
