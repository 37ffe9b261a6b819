// Names of flows, connections, rules and channels, as addresses have them.
export const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** A name made of a title: "Orders fail" is orders-fail. */
export function nameFor(title: string): string {
  return title
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, 64);
}

/** The name, or with the first number behind it that nobody has. */
export function freeOf(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const tail = number === 1 ? "" : `-${number}`;
    const free = name.slice(0, 64 - tail.length) + tail;
    if (!taken.has(free)) return free;
  }
}
