// A system of a test: takes notices, answers calls, and asks people for consent (OAuth 2.0), saying
// at once what it is told to say.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Peer {
  url: string;
  /** The bodies of the notices that came. */
  notices: Record<string, unknown>[];
  /** Of each call, how it signed in. */
  calls: string[];
  /** What it answers whoever is sent there for a consent. */
  says: "yes" | "no" | "another's state" | "a code that is none";
  /** The token that it takes. */
  knows: "T1" | "none";
  stop: () => void;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}

/** The answer to an authorization request: back to where it came from, with a code or without. */
function answered(says: Peer["says"], asked: URL, challenges: Map<string, string>): string {
  const back = new URL(asked.searchParams.get("redirect_uri") ?? "");
  const state = asked.searchParams.get("state") ?? "";
  back.searchParams.set("state", says === "another's state" ? "theirs" : state);
  if (says === "no") {
    back.searchParams.set("error", "access_denied");
    return back.href;
  }
  const code = `C${challenges.size + 1}`;
  challenges.set(code, says === "yes" ? (asked.searchParams.get("code_challenge") ?? "") : "");
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
  const challenges = new Map<string, string>();
  const server: Server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const asked = new URL(request.url ?? "/", "http://peer");
      const json = (status: number, body: object = {}) =>
        response
          .writeHead(status, { "Content-Type": "application/json" })
          .end(JSON.stringify(body));
      if (asked.pathname === "/consent") {
        const back = answered(peer.says, asked, challenges);
        response.writeHead(302, { Location: back }).end();
      } else if (asked.pathname === "/token") {
        const given = token(new URLSearchParams(text), challenges);
        json(given ? 200 : 400, given ?? { error: "invalid_grant" });
      } else if (asked.pathname === "/notices") {
        peer.notices.push(JSON.parse(text) as Record<string, unknown>);
        json(200);
      } else {
        peer.calls.push(request.headers.authorization ?? "");
        json(request.headers.authorization === `Bearer ${peer.knows}` ? 200 : 401);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const peer: Peer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notices: [],
    calls: [],
    says: "yes",
    knows: "T1",
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return peer;
}
