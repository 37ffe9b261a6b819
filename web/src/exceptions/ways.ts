// The ways out that have keys: doing it once more, and leaving it.

const AGAIN = ["replay", "resume", "send", "retry"];
const REJECT = ["reject", "settle", "fail", "decline"];

/** Of the exits of an exception the one that does it once more; undefined: none does. */
export function againOf(ports: readonly string[]): string | undefined {
  return AGAIN.find((port) => ports.includes(port));
}

/** The one after which nothing more is done. */
export function rejectOf(ports: readonly string[]): string | undefined {
  return REJECT.find((port) => ports.includes(port));
}
