// Bearer tokens of PayTrace: three runs of hex with colons between them, no JWT; good for a while.
import { randomBytes } from "node:crypto";

export class Tokens {
  readonly lifetime: number; // seconds
  issued = 0;
  readonly #now: () => number;
  readonly #good = new Map<string, number>(); // token: when it ends, in milliseconds

  constructor(lifetime: number, now: () => number) {
    this.lifetime = lifetime;
    this.#now = now;
  }

  issue(): string {
    const part = (): string => randomBytes(16).toString("hex");
    const token = `${part()}:${part()}:${part()}`;
    this.#good.set(token, this.#now() + this.lifetime * 1000);
    this.issued += 1;
    return token;
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    return token !== undefined && (this.#good.get(token) ?? 0) > this.#now();
  }

  expire(): void {
    this.#good.clear();
  }
}
