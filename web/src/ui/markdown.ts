/* The little Markdown that the pages of templates are written in, as blocks: headings, paragraphs,
 * lists, tables, code. What it does not know stays as it was written; no markup comes of it, ever. */

export type Inline =
  | { readonly kind: "text" | "code" | "strong" | "em"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: Inline[] }
  | { readonly kind: "paragraph"; readonly text: Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: Inline[][] }
  | { readonly kind: "table"; readonly head: Inline[][]; readonly rows: Inline[][][] };

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;
const ITEM = /^(?:[-*]|\d+\.)\s+/;

export function inlineOf(text: string): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  const plain = (to: number) => {
    if (to > from) out.push({ kind: "text", text: text.slice(from, to) });
  };
  for (const match of text.matchAll(INLINE)) {
    plain(match.index);
    from = match.index + match[0].length;
    const [, code, strong, em, label, href] = match;
    if (code !== undefined) out.push({ kind: "code", text: code });
    else if (strong !== undefined) out.push({ kind: "strong", text: strong });
    else if (em !== undefined) out.push({ kind: "em", text: em });
    else if (label !== undefined && href !== undefined)
      out.push({ kind: "link", text: label, href });
  }
  plain(text.length);
  return out;
}

function cellsOf(line: string): Inline[][] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => inlineOf(cell.trim()));
}

const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";

/** Lines become blocks one by one; each reader says how many lines it took. */
class Reader {
  readonly blocks: Block[] = [];
  private readonly lines: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.lines = text.split(/\r?\n/);
  }

  read(): Block[] {
    while (this.at < this.lines.length) {
      const line = this.lines[this.at] ?? "";
      if (isBlank(line)) this.at++;
      else if (line.startsWith("```")) this.code();
      else if (/^#{1,6} /.test(line)) this.heading(line);
      else if (line.startsWith("|")) this.table();
      else if (ITEM.test(line)) this.list(line);
      else this.paragraph();
    }
    return this.blocks;
  }

  private until(isEnd: (line: string) => boolean): string[] {
    const from = this.at;
    while (this.at < this.lines.length && !isEnd(this.lines[this.at] ?? "")) this.at++;
    return this.lines.slice(from, this.at);
  }

  private code(): void {
    this.at++;
    const text = this.until((line) => line.startsWith("```")).join("\n");
    this.at++;
    this.blocks.push({ kind: "code", text });
  }

  private heading(line: string): void {
    this.at++;
    const level = line.indexOf(" ");
    this.blocks.push({ kind: "heading", level, text: inlineOf(line.slice(level + 1).trim()) });
  }

  private table(): void {
    const [head = "", , ...rows] = this.until((line) => !line.startsWith("|"));
    this.blocks.push({ kind: "table", head: cellsOf(head), rows: rows.map(cellsOf) });
  }

  private list(first: string): void {
    const items: string[] = [];
    for (const line of this.until(isBlank)) {
      if (ITEM.test(line)) items.push(line.replace(ITEM, ""));
      else items.push(`${items.pop() ?? ""} ${line.trim()}`);
    }
    this.blocks.push({ kind: "list", ordered: /^\d/.test(first), items: items.map(inlineOf) });
  }

  private paragraph(): void {
    const lines = this.until((line) => isBlank(line) || line.startsWith("```"));
    this.blocks.push({ kind: "paragraph", text: inlineOf(lines.join(" ")) });
  }
}

export function blocksOf(text: string): Block[] {
  return new Reader(text).read();
}
