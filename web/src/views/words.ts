// What a view shows, in words: "State: Failed".
import type { Translate } from "../i18n/text.tsx";
import { type ListName, labelOf, type Query, readList } from "./lists.ts";

function valueWords(t: Translate, name: string, value: string): string {
  const each = (word: (one: string) => string) => value.split(",").map(word).join(", ");
  switch (name) {
    case "status":
      return each((one) => t(`run.status.${one as "failed"}`));
    case "period":
      return t(`run.period.${value as "d"}`);
    case "state":
      return t(`flow.state.${value as "live"}`);
    case "type":
      return t(`exception.type.${value as "dead"}`);
    default:
      return value;
  }
}

/** What the list understands of it, then what it does not. */
export function queryWords(t: Translate, list: ListName, query: Query) {
  const { values, unknown } = readList(list, Object.entries(query));
  const known = Object.entries(values).map(([name, value]) => {
    const label = labelOf(list, name);
    const words = name === "mine" ? "" : valueWords(t, name, value);
    return { name, label: label ? t(label) : name, words };
  });
  return { known, unknown: Object.entries(unknown).map(([name, value]) => `${name}=${value}`) };
}
