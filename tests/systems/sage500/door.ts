// Stands between a client and a database, speaks nothing itself, and can cut the line at the worst moments: at a
// COMMIT, before it reaches the database or after it was carried out.
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export type Cut = "before_commit" | "after_commit" | "now";

export class Door {
  #server: Server;
  #cuts: Cut[] = [];
  #lines = new Set<Socket>();
  cutsDone = 0;

  private constructor(to: number) {
    this.#server = createServer((client) => { this.#pass(client, createConnection(to, "127.0.0.1")); });
  }

  static open(to: number): Promise<Door> {
    const door = new Door(to);
    return new Promise((resolve) => door.#server.listen(0, "127.0.0.1", () => { resolve(door); }));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next COMMIT that passes is cut; "now" cuts every line at once. */
  cut(kind: Cut): void {
    if (kind !== "now") {
      this.#cuts.push(kind);
      return;
    }
    for (const line of this.#lines) line.destroy();
  }

  #pass(client: Socket, server: Socket): void {
    let mute = false;
    const end = (): void => { client.destroy(); server.destroy(); };
    for (const line of [client, server]) {
      this.#lines.add(line);
      line.setNoDelay(true);
      line.on("error", end);
      line.on("close", () => { this.#lines.delete(line); end(); });
    }
    client.on("data", (part) => {
      const kind = part.includes("COMMIT") ? this.#cuts.shift() : undefined;
      if (kind !== undefined) this.cutsDone += 1;
      if (kind === "before_commit") {
        end();
        return;
      }
      if (kind === "after_commit") mute = true;
      server.write(part);
    });
    server.on("data", (part) => {
      if (mute) end(); // it was carried out, and nobody hears of it
      else client.write(part);
    });
  }

  close(): Promise<void> {
    this.cut("now");
    return new Promise((resolve) => this.#server.close(() => { resolve(); }));
  }
}
