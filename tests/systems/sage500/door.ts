// Stands between a client and a database, speaks nothing itself, and can spoil the line at the worst moments: at a
// COMMIT, before it reaches the database or after it was carried out.
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const cuts = [
  "before_commit", // the line is cut, and nothing was done
  "after_commit", // it was done, and nobody hears of it
  "silent", // it was done, and no answer ever comes; the line stays
  "late", // it was done; the answer comes after `lateMs`
  "half", // it was done; half of the answer comes, then the line is cut
  "garbage", // it was done; the answer is something else
  "error", // it was done; the answer says that the server ends
  "reuse_death", // it was done and answered; the next question on this line is not
  "refuse", // the line is cut before, and no other is taken for `deafMs`
] as const;
export type Cut = (typeof cuts)[number];

/** PostgreSQL's words when it is shut down. */
function ended(): Buffer {
  const fields = Buffer.from("SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

export class Door {
  #server: Server;
  #cuts: Cut[] = [];
  #lines = new Set<Socket>();
  cutsDone = 0;
  lateMs = 1500;
  deafMs = 30;
  /** The database is there, takes lines, and says nothing. */
  stuck = false;
  /** The next cursor's CLOSE that passes: the line is cut, or the database refuses it, which ends the transaction. */
  closing: "cut" | "refuse" | undefined;
  /** What spoils a COMMIT when no cut is set; undefined: nothing. */
  lot: () => Cut | undefined = () => undefined;
  readonly #to: number;
  #port = 0;
  #closed = false;

  private constructor(to: number) {
    this.#to = to;
    this.#server = this.#makeServer();
  }

  static async open(to: number): Promise<Door> {
    const door = new Door(to);
    await door.#listen();
    return door;
  }

  get port(): number {
    return this.#port;
  }

  /** The next COMMIT that passes is spoiled; "now" cuts every line at once. */
  cut(kind: Cut | "now"): void {
    if (kind !== "now") {
      this.#cuts.push(kind);
      return;
    }
    for (const line of this.#lines) line.destroy();
  }

  #makeServer(): Server {
    return createServer((client) => { this.#pass(client, createConnection(this.#to, "127.0.0.1")); });
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", () => { resolve(); });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #deaf(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (let up = false; !up;) { // somebody's own end may have taken the port for a moment
      await sleep(this.deafMs, undefined, { ref: false });
      if (this.#closed) return;
      this.#server = this.#makeServer();
      up = await this.#listen().then(() => true, () => false);
    }
  }

  #pass(client: Socket, server: Socket): void {
    let kind: Cut | undefined;
    let dying = false;
    const end = (): void => { client.destroy(); server.destroy(); };
    for (const line of [client, server]) {
      this.#lines.add(line);
      line.setNoDelay(true);
      line.on("error", end);
      line.on("close", () => { this.#lines.delete(line); end(); });
    }
    client.on("data", (part) => {
      if (this.stuck) return;
      if (dying) {
        end();
        return;
      }
      if (part.includes("COMMIT")) {
        kind = this.#cuts.shift() ?? this.lot();
        if (kind !== undefined) this.cutsDone += 1;
      }
      if (kind === "before_commit" || kind === "refuse") {
        if (kind === "refuse") void this.#deaf();
        end();
        return;
      }
      const closing = part.includes('close "SQL_CUR') ? this.closing : undefined;
      if (closing !== undefined) {
        this.closing = undefined;
        this.cutsDone += 1;
      }
      if (closing === "cut") end();
      else if (closing === undefined) server.write(part);
      else server.write(part.toString("latin1").replace('close "', 'xlose "'), "latin1");
    });
    server.on("data", (part) => {
      if (this.stuck) return;
      const was = kind;
      kind = was === "silent" ? was : undefined;
      dying ||= was === "reuse_death";
      answer(was, client, part, end, this.lateMs);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.cut("now");
    return new Promise((resolve) => this.#server.close(() => { resolve(); }));
  }
}

/** What reaches the client of what the database has said. */
function answer(kind: Cut | undefined, client: Socket, part: Buffer, end: () => void, lateMs: number): void {
  switch (kind) {
    case "after_commit": end(); break;
    case "silent": break;
    case "late": setTimeout(() => { if (!client.destroyed) client.write(part); }, lateMs).unref(); break;
    case "half": client.write(part.subarray(0, part.length >> 1), end); break;
    case "garbage": client.write(Buffer.from("<html>busy</html>"), end); break;
    case "error": client.write(ended(), end); break;
    default: client.write(part);
  }
}
