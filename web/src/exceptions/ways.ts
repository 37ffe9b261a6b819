// The ways out: what they are called, and those that have keys: doing it once more, and leaving it.
import { isTextKey, type Translate } from "../i18n/text.tsx";
import type { Exception } from "./exceptions.ts";

/** As its flow calls it, else as we do, else its name. */
export function wayOf(t: Translate, { titles }: Pick<Exception, "titles">, port: string): string {
  const key = `exception.port.${port}`;
  return titles.get(port) ?? (isTextKey(key) ? t(key) : port);
}

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
