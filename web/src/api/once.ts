// An act that carries a key is done once under it, however often it is asked. Whoever presses again
// since no answer came means the same act: it is asked with the key of the first time.
const KEY = "Idempotency-Key";
/** Later it is an act of its own. */
const KEPT_MS = 10 * 60_000;

interface Kept {
  key: string;
  until: number;
}
const kept = new Map<string, Kept>();

export interface Act {
  /** Nobody knows whether it was done. */
  unanswered: () => void;
  /** The answer when all of it is here; throws for one that nobody can read. */
  whole: (response: Response) => Promise<Response>;
}

const BODILESS = new Set([204, 205, 304]);

/** That it is of the program: what stands between answers in HTML, or with the beginning alone. */
function read(text: string, type: string): void {
  if (text !== "" && type.includes("json")) JSON.parse(text);
  if (type.includes("text/html")) throw new SyntaxError(text.slice(0, 400));
}

/** Gives the request the key under which it was asked before; undefined: it carries none. */
export async function actOf(request: Request, now = Date.now): Promise<Act | undefined> {
  const own = request.headers.get(KEY);
  if (own === null) return undefined;
  const same = [request.method, request.url, await request.clone().text()].join("\n");
  const before = kept.get(same);
  const key = before !== undefined && before.until > now() ? before.key : own;
  request.headers.set(KEY, key);
  const unanswered = () => void kept.set(same, { key, until: now() + KEPT_MS });
  return {
    unanswered,
    whole: async (response) => {
      const { status, headers } = response;
      const text = await response.text();
      // A failure may be of what stands between; a conflict may say that the first is under way.
      const open = status === 409 && !headers.has("Idempotency-Replayed") && key !== own;
      if (response.ok) read(text, headers.get("Content-Type") ?? "");
      if (status >= 500 || open) unanswered();
      else kept.delete(same);
      return new Response(BODILESS.has(status) ? null : text, response);
    },
  };
}
