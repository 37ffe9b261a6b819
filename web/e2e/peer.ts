// A system of a test: takes notices, answers calls, and asks people for consent (OAuth 2.0), saying
// yes at once.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Peer {
  url: string;
  /** The bodies of the notices that came. */
  notices: Record<string, unknown>[];
  /** Of each call, how it signed in. */
  calls: string[];
  stop: () => void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

/** The consent of an authorization request: back to where it came from, with a code. */
function agreed(asked: URL, challenges: Map<string, string>): string {
  const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
  const code = `C${challenges.size + 1}`;
  challenges.set(code, asked.searchParams.get("code_challenge") ?? "");
  back.searchParams.set("state", asked.searchParams.get("state") ?? "");
  back.searchParams.set("code", code);
  return back.href;
}

/** A token for a code whose verifier fits its challenge (PKCE). */
function token(form: URLSearchParams, challenges: Map<string, string>): object | undefined {
  const proof = createHash("sha256").update(form.get("code_verifier") ?? "");
  const fits = challenges.get(form.get("code") ?? "") === proof.digest("base64url");
  return fits ? { access_token: "T1", token_type: "bearer", refresh_token: "R1" } : undefined;
}

export async function openPeer(): Promise<Peer> {
  const notices: Record<string, unknown>[] = [];
  const calls: string[] = [];
  const challenges = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const asked = new URL(request.url ?? "/", "http://peer");
      const json = (status: number, body: object = {}) =>
        response
          .writeHead(status, { "Content-Type": "application/json" })
          .end(JSON.stringify(body));
      if (asked.pathname === "/consent") {
        response.writeHead(302, { Location: agreed(asked, challenges) }).end();
      } else if (asked.pathname === "/token") {
        const given = token(new URLSearchParams(text), challenges);
        json(given ? 200 : 400, given ?? { error: "invalid_grant" });
      } else if (asked.pathname === "/notices") {
        notices.push(JSON.parse(text) as Record<string, unknown>);
        json(200);
      } else {
        calls.push(request.headers.authorization ?? "");
        json(request.headers.authorization === "Bearer T1" ? 200 : 401);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notices,
    calls,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
