import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createIntl } from "react-intl";
import { describe, expect, test } from "vitest";
import { keysIn } from "../../tools/words.ts";
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

  test("are each named by a module, which brings them", () => {
    const folder = join(import.meta.dirname, "..");
    const unnamed = new Set(Object.keys(en));
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!/\.tsx?$/.test(name) || /\.(test|d)\.ts$/.test(name)) continue;
      const code = readFileSync(join(folder, name), "utf8");
      for (const key of keysIn(name, code, Object.keys(en))) unnamed.delete(key);
    }
    expect([...unnamed]).toEqual([]);
  }, 120_000); // every module is read
});

describe("the words of a module", () => {
  const all = ["run.cancel", "run.not.cancel", "run.not.a.b", "run.status", "run.status.a", "x.y"];
  /** "<a>" stands for a hole of a template. */
  const keys = (code: string) => keysIn("a.tsx", code.replace(/<a>/g, "$".concat("{a}")), all);

  test("are those it names, not those that its types and comments do", () => {
    expect(keys('import a from "x.y"; t("run.cancel"); // "run.status"')).toEqual(["run.cancel"]);
    expect(keys("const b = <p title={t('x.y')}>run.cancel</p>")).toEqual(["x.y"]);
  });

  test("are all that a template or the beginning of keys may mean", () => {
    expect(keys("t(`run.not.<a>`)")).toEqual(["run.not.cancel", "run.not.a.b"]);
    expect(keys("t(`run.<a>.b`)")).toEqual([]);
    expect(keys("t(`run.<a>`)")).toEqual(["run.cancel", "run.status"]);
    expect(keys('wordOf(t, "run.status", a)')).toEqual(["run.status", "run.status.a"]);
    expect(keys('useLiveRefresh(["run"])')).toEqual([]);
  });

  test("cannot be told from a key without its section", () => {
    expect(() => keys("t(`<a>.status`)")).toThrow("name its section");
    expect(() => keys("isTextKey(`<a>.status`)")).toThrow("name its section");
  });
});

describe("the pseudo-locale", () => {
  test("changes letters, not arguments", () => {
    expect(pseudo("Run {id} failed")).toBe("[Ŕûñ {id} ƒáîļéð~~~]");
    const plural = pseudo("{count, plural, one {# run} other {# runs}}");
    expect(format(plural, { count: 2 })).toBe("[2 ŕûñš~~~]");
  });
});
