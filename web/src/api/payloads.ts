// Payloads of any size as bytes, in windows. Only the screens of runs load this.
import { BASE, guardedFetch } from "./client.ts";
import { problemOf } from "./problems.ts";

const FIRST = 1 << 18; /* bytes: more than the rows of a screen, soon */
const WINDOW = 1 << 20; /* the most that is given at once */
const AT_ONCE = 4; /* of the six connections that a browser has to one program */

async function fetchWindow(
  payload: string,
  offset: number,
  limit: number,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL(`${BASE}/payloads/${encodeURIComponent(payload)}`, location.origin);
  url.searchParams.set("offset", String(offset));
  url.searchParams.set("limit", String(limit));
  const response = await guardedFetch(new Request(url, { signal }));
  if (response.ok) return response;
  throw problemOf(response.status, await response.json().catch(() => undefined));
}

/** The beginning of a payload's text, and how many bytes there are in all. */
export interface PayloadHead {
  bytes: ArrayBuffer;
  size: number;
}

export async function fetchHead(payload: string, signal: AbortSignal): Promise<PayloadHead> {
  const first = await fetchWindow(payload, 0, FIRST, signal);
  const bytes = await first.arrayBuffer();
  const size = Number(first.headers.get("Content-Range")?.split("/")[1] ?? bytes.byteLength);
  return { bytes, size };
}

export function isWhole({ size }: PayloadHead): boolean {
  return size <= FIRST;
}

/**
 * What follows the head, window by window: none of them is large for the program, which cuts no
 * character, and the windows join whole.
 */
export async function fetchRest(
  payload: string,
  size: number,
  signal: AbortSignal,
): Promise<ArrayBuffer[]> {
  const parts: ArrayBuffer[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let at = next++; FIRST + at * WINDOW < size; at = next++) {
      const window = await fetchWindow(payload, FIRST + at * WINDOW, WINDOW, signal);
      parts[at] = await window.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return parts;
}

export async function fetchPayload(payload: string, signal: AbortSignal): Promise<ArrayBuffer[]> {
  const head = await fetchHead(payload, signal);
  return [head.bytes, ...(await fetchRest(payload, head.size, signal))];
}
