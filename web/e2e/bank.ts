// A system of a test that takes whatever it is told, and remembers it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Bank {
  url: string;
  told: { path: string; authorization: string | undefined; body: string }[];
  stop: () => void;
}

export async function openBank(): Promise<Bank> {
  const told: Bank["told"] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      told.push({ path: request.url ?? "", authorization: request.headers.authorization, body });
      response.writeHead(201, { "Content-Type": "application/json" }).end('{"id": "B-1"}');
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
