/*
 * Tables as text: CSV with comma, semicolon or tab, and what a spreadsheet puts on the clipboard.
 * Cells are texts; each fault has its line and column.
 */
export interface CsvFault {
  readonly line: number;
  readonly column: number;
  readonly id: "quote" | "after" | "width";
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface Csv {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[] /* on which line a row begins */;
  readonly faults: readonly CsvFault[];
}

const FAULTS_MOST = 200;

/** The delimiter that the first line has most of. */
export function delimiterOf(text: string): string {
  const [first = ""] = text.split(/\r?\n/, 1);
  const bare = first.replaceAll(/"(?:[^"]|"")*"/g, "");
  const count = (sign: string): number => bare.split(sign).length;
  return ["\t", ";", ","].reduce((best, sign) => (count(sign) > count(best) ? sign : best), ",");
}

class Reader {
  private readonly text: string;
  private readonly delimiter: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;
  readonly faults: CsvFault[] = [];

  constructor(text: string, delimiter: string) {
    this.text = text;
    this.delimiter = delimiter;
  }

  get open(): boolean {
    return this.at < this.text.length;
  }

  get lineNow(): number {
    return this.line;
  }

  fault(id: CsvFault["id"], values?: CsvFault["values"], line = this.line, at = this.at): void {
    if (this.faults.length < FAULTS_MOST) {
      const column = Math.max(1, at - this.lineStart + 1);
      this.faults.push(values === undefined ? { line, column, id } : { line, column, id, values });
    }
  }

  private lineEnd(): boolean {
    const c = this.text[this.at];
    return c === "\n" || (c === "\r" && this.text[this.at + 1] === "\n");
  }

  private newLine(): void {
    this.at += this.text[this.at] === "\r" ? 2 : 1;
    this.line++;
    this.lineStart = this.at;
  }

  /** A row with its line end. */
  row(): string[] {
    const cells = [this.cell()];
    while (this.text[this.at] === this.delimiter) {
      this.at++;
      cells.push(this.cell());
    }
    if (this.open) {
      this.newLine();
    }
    return cells;
  }

  private bare(): string {
    const start = this.at;
    while (this.open && this.text[this.at] !== this.delimiter && !this.lineEnd()) {
      this.at++;
    }
    return this.text.slice(start, this.at);
  }

  private cell(): string {
    if (this.text[this.at] !== '"') {
      return this.bare();
    }
    const [line, start, lineStart] = [this.line, this.at, this.lineStart];
    let out = "";
    this.at++;
    for (;;) {
      const close = this.text.indexOf('"', this.at);
      const piece = this.text.slice(this.at, close < 0 ? this.text.length : close);
      this.count(piece, this.at);
      out += piece;
      if (close < 0) {
        this.at = this.text.length;
        this.faults.push({ line, column: start - lineStart + 1, id: "quote" });
        return out;
      }
      this.at = close + 1;
      if (this.text[this.at] !== '"') {
        break;
      }
      out += '"';
      this.at++;
    }
    if (this.open && this.text[this.at] !== this.delimiter && !this.lineEnd()) {
      this.fault("after");
      out += this.bare();
    }
    return out;
  }

  /** Line ends within quotes. */
  private count(piece: string, start: number): void {
    for (let at = piece.indexOf("\n"); at >= 0; at = piece.indexOf("\n", at + 1)) {
      this.line++;
      this.lineStart = start + at + 1;
    }
  }
}

/** Lines with nothing in them are passed over; a row of another width than the first is a fault. */
export function readCsv(given: string, delimiter = delimiterOf(given)): Csv {
  const reader = new Reader(given.replace(/^\uFEFF/, ""), delimiter);
  const rows: string[][] = [];
  const lines: number[] = [];
  while (reader.open) {
    const line = reader.lineNow;
    const row = reader.row();
    if (row.length === 1 && row[0] === "") {
      continue;
    }
    const width = rows[0]?.length ?? row.length;
    if (row.length !== width) {
      reader.faults.push({ line, column: 1, id: "width", values: { has: row.length, width } });
    }
    rows.push(row);
    lines.push(line);
  }
  return { rows, lines, faults: reader.faults };
}

function quoted(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]|^\s|\s$/.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

export function writeCsv(rows: readonly (readonly string[])[], delimiter = ","): string {
  return rows
    .map((row) => `${row.map((cell) => quoted(cell, delimiter)).join(delimiter)}\r\n`)
    .join("");
}

/** What the clipboard gets: tabs and line ends, without one at the end. */
export function writeTsv(rows: readonly (readonly string[])[]): string {
  return writeCsv(rows, "\t").replace(/\r\n$/, "").replaceAll("\r\n", "\n");
}
