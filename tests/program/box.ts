// A plain JSON system for flows that use connector.http: POST /rows does it once more each time (nothing protects it
// from a repetition), PUT /rows/KEY does it once for each key. Ledger and faults are the stand-ins'.
import { isObject, readJson } from "../systems/lib/json.ts";
import { Ledger } from "../systems/lib/ledger.ts";
import { type Answer, type Ask, StandIn, type System } from "../systems/lib/stand_in.ts";

class Box implements System {
  readonly #ledger: Ledger;
  readonly #keys = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface's other systems wait
  async answer(ask: Ask): Promise<Answer> {
    if (ask.method === "GET") return { status: 200, body: { ok: true } };
    const row = readJson(ask.body);
    if (!isObject(row)) return { status: 400, body: { error: "not an object" } };
    const key = /^\/rows\/(.+)$/.exec(ask.path)?.[1];
    if (ask.method === "PUT" && key !== undefined) {
      const fresh = !this.#keys.has(key);
      this.#keys.add(key);
      this.#ledger.add(fresh ? "create" : "repeat", "rows", decodeURIComponent(key), row, Object.keys(row));
      return { status: fresh ? 201 : 200, body: { key } };
    }
    if (ask.method !== "POST" || ask.path !== "/rows") return { status: 404, body: { error: "no such thing" } };
    const entry = this.#ledger.add("create", "rows", "", row, Object.keys(row));
    return { status: 201, body: { n: String(entry.n) } };
  }

  throttled(seconds: number): Answer {
    return { status: 429, headers: { "retry-after": String(seconds) }, body: { error: "slower" } };
  }

  expireTokens(): void {
    // has no tokens
  }
}

export async function openBox(): Promise<StandIn> {
  const ledger = new Ledger();
  return StandIn.open(new Box(ledger), { ledger });
}
