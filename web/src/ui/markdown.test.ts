import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { blocksOf, inlineOf } from "./markdown.ts";

describe("pages of templates", () => {
  test("words within a line", () => {
    expect(inlineOf("a `b*c*` **d** *e* [f](../g.md), 2 * 3")).toEqual([
      { kind: "text", text: "a " },
      { kind: "code", text: "b*c*" },
      { kind: "text", text: " " },
      { kind: "strong", text: "d" },
      { kind: "text", text: " " },
      { kind: "em", text: "e" },
      { kind: "text", text: " " },
      { kind: "link", text: "f", href: "../g.md" },
      { kind: "text", text: ", 2 * 3" },
    ]);
  });

  test("blocks", () => {
    const text =
      "# T\n\none\ntwo\n\n- a\n  b\n- c\n\n1. d\n\n| x | y |\n|---|---|\n| `1` | |\n\n```\n# no\n```";
    expect(blocksOf(text)).toEqual([
      { kind: "heading", level: 1, text: inlineOf("T") },
      { kind: "paragraph", text: inlineOf("one two") },
      { kind: "list", ordered: false, items: [inlineOf("a b"), inlineOf("c")] },
      { kind: "list", ordered: true, items: [inlineOf("d")] },
      { kind: "table", head: [inlineOf("x"), inlineOf("y")], rows: [[inlineOf("`1`"), []]] },
      { kind: "code", text: "# no" },
    ]);
  });

  test("markup is words", () => {
    const text = '<img src=x onerror="alert(1)">';
    expect(blocksOf(text)).toEqual([{ kind: "paragraph", text: [{ kind: "text", text }] }]);
  });

  test("what stays open ends with the page", () => {
    expect(blocksOf("```\na")).toEqual([{ kind: "code", text: "a" }]);
    expect(blocksOf("|")).toHaveLength(1);
  });

  test("every page of the gallery is read without a rest of its signs", () => {
    const flows = new URL("../../../flows/", import.meta.url);
    const names = readdirSync(flows, { withFileTypes: true }).filter((one) => one.isDirectory());
    const pages = names.flatMap(({ name }) => {
      try {
        return [readFileSync(new URL(`${name}/README.md`, flows), "utf8")];
      } catch {
        return [];
      }
    });
    expect(pages.length).toBeGreaterThan(20);
    for (const page of pages) {
      const words = blocksOf(page).flatMap((block) =>
        block.kind === "paragraph" ? block.text.filter(({ kind }) => kind === "text") : [],
      );
      for (const { text } of words) expect(text).not.toMatch(/^#|\]\(|\*\*|^\|/);
    }
  });
});
