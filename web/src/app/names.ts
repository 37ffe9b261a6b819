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
