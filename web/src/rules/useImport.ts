/* What is pasted or read from a file, as the columns, the rows and the faults of a lookup table. */
import { useMemo, useState } from "react";
import { type Csv, readCsv } from "../data/csv.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type JsonObject, textOf } from "../model/json.ts";
import { type ColumnType, cellValue, isOdd } from "./cells.ts";
import { guessType, imported, type Sheet } from "./sheet.ts";

const MOST_ROWS = 100_000;
export const FAULTS = 50;

interface Fault {
  line: number;
  column: number;
  words: string;
}

/** The type that the table's column of that name has, else what all cells could be. */
function typesOf(csv: Csv, sheet: Sheet): ColumnType[] {
  const [header = []] = csv.rows;
  return header.map((name, i) => {
    const known = sheet.columns.find((column) => column.name === name);
    return known !== undefined && sheet.rows.length > 0 && known.type !== "any"
      ? known.type
      : guessType(csv.rows.slice(1).map((row) => row[i] ?? ""));
  });
}

function useFaults(csv: Csv, types: readonly ColumnType[]): Fault[] {
  const t = useText();
  return useMemo(() => {
    const [header = []] = csv.rows;
    const out: Fault[] = csv.faults.map(({ line, column, id, values }) => ({
      line,
      column,
      words: t(`rules.import.${id}`, values),
    }));
    header.forEach((name, i) => {
      if (name.trim() === "" || header.indexOf(name) !== i) {
        const words = t(name.trim() === "" ? "rules.import.noName" : "rules.import.twice", {
          name,
        });
        out.push({ line: 1, column: i + 1, words });
      }
    });
    for (let row = 1; row < csv.rows.length && out.length < FAULTS; row++) {
      types.forEach((type, i) => {
        const text = csv.rows[row]?.[i] ?? "";
        if (isOdd(cellValue(text, type), type)) {
          const words = t("rules.import.type", { text, type: t(`rules.type.${type}`) });
          out.push({ line: csv.lines[row] ?? row + 1, column: i + 1, words });
        }
      });
    }
    if (csv.rows.length - 1 > MOST_ROWS) {
      out.push({ line: MOST_ROWS + 2, column: 1, words: t("rules.import.many") });
    }
    return out;
  }, [csv, types, t]);
}

export interface ImportState {
  readonly sheet: Sheet;
  readonly text: string;
  readonly csv: Csv;
  readonly types: readonly ColumnType[];
  readonly faults: readonly Fault[];
  readonly append: boolean;
  readonly key: string | undefined /* the column; undefined: the table's own keys stay */;
  readonly count: number;
  readonly reason: string | undefined /* why it cannot be taken */;
  readonly set: (change: Partial<Typed>) => void;
  readonly made: () => JsonObject;
}

interface Typed {
  readonly text: string;
  readonly append: boolean;
  readonly key: string | undefined;
  readonly types: ReadonlyMap<number, ColumnType>;
}

const NOTHING: Typed = { text: "", append: false, key: undefined, types: new Map() };

/** The column that is the key when the rows come in place of all others. */
function keyOf(sheet: Sheet, header: readonly string[], own: string | undefined) {
  const keys = arrayOf(sheet.json.keys);
  if (own !== undefined && header.includes(own)) {
    return own;
  }
  const [first] = keys.length === 0 ? [header[0]] : keys.map((key) => textOf(key));
  const kept = keys.length > 1 || (keys.length === 1 && first === undefined);
  return kept ? undefined : first !== undefined && header.includes(first) ? first : header[0];
}

export function useImport(sheet: Sheet): ImportState {
  const t = useText();
  const [typed, setTyped] = useState(NOTHING);
  const { text, append } = typed;
  const csv = useMemo(() => readCsv(text), [text]);
  const types = useMemo(
    () => typesOf(csv, sheet).map((type, i) => typed.types.get(i) ?? type),
    [csv, sheet, typed.types],
  );
  const faults = useFaults(csv, types);
  const count = Math.max(0, csv.rows.length - 1);
  const [header = []] = csv.rows;
  const key = append ? undefined : keyOf(sheet, header, typed.key);
  const few = header.length < 2 && text !== "" ? t("rules.import.few") : undefined;
  const reason =
    faults.length > 0
      ? t("rules.import.faulty", { count: faults.length })
      : (few ?? (count === 0 ? t("rules.import.nothing") : undefined));
  return {
    ...{ sheet, text, csv, types, faults, append, key, count, reason },
    set: (change) => setTyped({ ...typed, ...change }),
    made: () => imported(sheet, { header, rows: csv.rows.slice(1), types, key }, append),
  };
}

/** How many rows have a key that stood before. */
export function repeated({ csv, key }: ImportState): number {
  const at = csv.rows[0]?.indexOf(key ?? "") ?? -1;
  const keys = at < 0 ? [] : csv.rows.slice(1).map((row) => row[at]);
  return keys.length - new Set(keys).size;
}
