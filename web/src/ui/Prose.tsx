// A page that somebody has written beside a flow. Links within the repository lead nowhere here.
import { createElement, type ReactNode, useMemo } from "react";
import { type Block, blocksOf, type Inline } from "./markdown.ts";

type Props = Record<string, string>;

/** The page never changes by parts: its elements need no keys. */
function made(tag: string, children: readonly ReactNode[], props?: Props): ReactNode {
  return createElement(tag, props ?? null, ...children);
}

const tags = { code: "code", strong: "strong", em: "em" } as const;

function word(one: Inline): ReactNode {
  if (one.kind === "text") return one.text;
  if (one.kind !== "link") return made(tags[one.kind], [one.text]);
  if (!one.href.startsWith("https://")) return one.text;
  return made("a", [one.text], { href: one.href, target: "_blank", rel: "noreferrer" });
}

const line = (tag: string, text: readonly Inline[], props?: Props) =>
  made(tag, text.map(word), props);

function table({ head, rows }: Extract<Block, { kind: "table" }>): ReactNode {
  const heads = head.map((cell) => line("th", cell, { scope: "col" }));
  const body = rows.map((row) =>
    made(
      "tr",
      row.map((cell) => line("td", cell)),
    ),
  );
  const parts = [made("thead", [made("tr", heads)]), made("tbody", body)];
  return made("div", [made("table", parts, { className: "diff" })], { className: "prose-table" });
}

function written(block: Block): ReactNode {
  switch (block.kind) {
    case "code":
      return made("pre", [block.text]);
    case "table":
      return table(block);
    case "list": {
      const items = block.items.map((item) => line("li", item));
      return made(block.ordered ? "ol" : "ul", items);
    }
    case "paragraph":
      return line("p", block.text);
    case "heading":
      return line("h4", block.text);
  }
}

/** The page without its title, which stands above it already. */
export function Prose({ text }: { text: string }) {
  return useMemo(() => {
    const [first, ...rest] = blocksOf(text);
    const titled = first?.kind === "heading" && first.level === 1;
    const blocks = first === undefined || titled ? rest : [first, ...rest];
    return made("div", blocks.map(written), { className: "prose foreign" });
  }, [text]);
}
