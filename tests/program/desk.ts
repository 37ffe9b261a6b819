// Somebody at the local socket of a running server, who may do everything: asks the API, hears status, body and ETag.
import { request } from "node:http";
import { join } from "node:path";
import type { World } from "./world.ts";

// What the tests look at of the answers; the contract test holds their shapes.
export interface Said {
  [member: string]: unknown;
  code?: string;
  detail?: string;
  items?: Said[];
  faults?: Said[];
  changes?: Said[];
  steps?: Said[];
  samples?: Said[];
  targets?: Said[];
  phases?: Said[];
}
export interface Heard {
  status: number;
  etag: string;
  text: string;
  body: Said;
}

export class Desk {
  readonly #world: World;
  readonly workspace: string;

  constructor(world: World, workspace = "main") {
    this.#world = world;
    this.workspace = workspace;
  }

  ask(method: string, path: string, body?: unknown, match?: string): Promise<Heard> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers: Record<string, string> = { host: "local", "weft-workspace": this.workspace };
    if (body !== undefined) Object.assign(headers, { "content-type": "application/json" });
    if (match !== undefined) headers["if-match"] = match;
    headers["content-length"] = `${Buffer.byteLength(text)}`;
    return new Promise((resolve, reject) => {
      const socketPath = join(this.#world.data, "weft.sock");
      request({ socketPath, path: `/api/v1${path}`, method, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const said = Buffer.concat(parts).toString("utf8");
          const json = said !== "" && (answer.headers["content-type"] ?? "").includes("json");
          const parsed = json ? JSON.parse(said) as Said : {};
          resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag ?? "", text: said, body: parsed });
        });
      }).on("error", reject).end(text);
    });
  }

  get(path: string): Promise<Heard> { return this.ask("GET", path); }
  post(path: string, body?: unknown, match?: string): Promise<Heard> { return this.ask("POST", path, body, match); }
}
