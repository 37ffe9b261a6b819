import { createIntl } from "react-intl";
import { describe, expect, test } from "vitest";
import en from "./en.json";
import { pseudo } from "./pseudo.ts";

/** A value for each argument that a message names. */
function args(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/\{(\w+)/g)].map(([, name]) => [name, 2]));
}

function format(text: string, values: Record<string, unknown>): string {
  const onError = (error: Error) => {
    throw error;
  };
  return createIntl({ locale: "en", messages: { text }, onError }).formatMessage(
    { id: "text" },
    values as Record<string, number>,
  );
}

describe("the words of the screens", () => {
  test.each(Object.entries(en))("%s is a message that can be formatted", (_, text) => {
    expect(() => format(text, args(text))).not.toThrow();
    expect(() => format(pseudo(text), args(text))).not.toThrow();
  });

  test("are sorted by key, each once", () => {
    expect(Object.keys(en)).toEqual(Object.keys(en).toSorted());
  });
});

describe("the pseudo-locale", () => {
  test("changes letters, not arguments", () => {
    expect(pseudo("Run {id} failed")).toBe("[Ŕûñ {id} ƒáîļéð~~~]");
    const plural = pseudo("{count, plural, one {# run} other {# runs}}");
    expect(format(plural, { count: 2 })).toBe("[2 ŕûñš~~~]");
  });
});
