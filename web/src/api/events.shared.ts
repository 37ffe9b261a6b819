// One live stream per browser: pages connect here, and the program sees one connection. HTTP/1.1
// gives a browser six of them for all of its tabs.
import { Stream, type StreamEvent } from "./stream.ts";

const ports = new Set<MessagePort>();
let stream: Stream | undefined;

function tellAll(event: StreamEvent): void {
  for (const port of ports) port.postMessage(event);
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  ports.add(port);
  port.onmessage = (message: MessageEvent<{ do: "open" | "close"; url?: string }>) => {
    if (message.data.do === "close") ports.delete(port);
    else if (message.data.url !== undefined) {
      stream ??= new Stream(tellAll);
      stream.open(message.data.url);
      if (stream.state !== "asking") port.postMessage({ state: stream.state });
    }
    if (ports.size === 0) stream?.close();
  };
  port.start();
};
