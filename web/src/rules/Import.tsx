/* A file or what a spreadsheet has copied becomes rows; before that its faults are shown. */
import { useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { type ColumnType, cellValue, isOdd } from "./cells.ts";
import { type Csv, readCsv } from "./csv.ts";
import { guessType, imported, type Sheet } from "./sheet.ts";

const SHOWN = 8;
const MOST_ROWS = 100_000;
const FAULTS = 50;

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

function Preview({
  csv,
  types,
  onType,
}: {
  csv: Csv;
  types: readonly ColumnType[];
  onType: (at: number, type: ColumnType) => void;
}) {
  const t = useText();
  const [header = [], ...rows] = csv.rows.slice(0, SHOWN + 1);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div className="import-preview" tabIndex={0}>
      <table className="try">
        <thead>
          <tr>
            {header.map((name, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may stand twice
              <th key={i} scope="col">
                <span className="foreign">{name}</span>
                <Select
                  hideLabel
                  label={t("rules.import.typeOf", { name })}
                  value={types[i]}
                  choices={(["text", "number", "boolean"] as const).map((type) => ({
                    value: type,
                    label: t(`rules.type.${type}`),
                  }))}
                  onChange={(type) => onType(i, type as ColumnType)}
                />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is known by its place
            <tr key={i}>
              {header.map((_, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is known by its place
                <td key={j} className="mono foreign">
                  {row[j] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Import({
  sheet,
  put,
  onClose,
}: {
  sheet: Sheet;
  put: (json: JsonObject, name: string) => void;
  onClose: () => void;
}) {
  const t = useText();
  const [text, setText] = useState("");
  const [append, setAppend] = useState("replace");
  const [own, setOwn] = useState<ReadonlyMap<number, ColumnType>>(new Map());
  const csv = useMemo(() => readCsv(text), [text]);
  const types = useMemo(
    () => typesOf(csv, sheet).map((type, i) => own.get(i) ?? type),
    [csv, sheet, own],
  );
  const faults = useFaults(csv, types);
  const count = Math.max(0, csv.rows.length - 1);
  const [header = []] = csv.rows;
  const few = header.length < 2 && text !== "" ? t("rules.import.few") : undefined;
  const go = (): void => {
    const given = { header, rows: csv.rows.slice(1), types };
    put(imported(sheet, given, append === "append"), "import");
    onClose();
  };
  return (
    <Dialog
      open
      size="l"
      title={t("rules.import.title")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            reason={
              faults.length > 0
                ? t("rules.import.faulty", { count: faults.length })
                : (few ?? (count === 0 ? t("rules.import.nothing") : undefined))
            }
            onPress={go}
          >
            {t("rules.import.go", { count })}
          </Button>
        </>
      }
    >
      <div className="editor-form">
        <label className="field">
          <span className="field-label">{t("rules.import.file")}</span>
          <input
            type="file"
            className="input import-file"
            accept=".csv,.tsv,.txt,text/csv"
            onChange={(event) => void event.target.files?.[0]?.text().then(setText)}
          />
        </label>
        <TextField
          label={t("rules.import.text")}
          help={t("rules.import.help")}
          multiline
          mono
          rows={5}
          value={text.length > 20_000 ? `${text.slice(0, 20_000)}\n…` : text}
          readOnly={text.length > 20_000}
          onChange={setText}
        />
        {text !== "" && (
          <>
            <Preview
              csv={csv}
              types={types}
              onType={(at, type) => setOwn(new Map([...own, [at, type]]))}
            />
            <Select
              label={t("rules.import.how")}
              value={append}
              choices={[
                { value: "replace", label: t("rules.import.replace") },
                { value: "append", label: t("rules.import.append") },
              ]}
              onChange={setAppend}
            />
          </>
        )}
        {faults.length > 0 && (
          <section className="import-faults" aria-label={t("rules.faults")}>
            <ul>
              {faults.slice(0, FAULTS).map((fault, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two faults may be alike
                <li key={`${fault.line} ${fault.column} ${i}`}>
                  <span className="rule-place num">
                    {t("rules.line", { line: fault.line, column: fault.column })}
                  </span>
                  <span className="foreign">{fault.words}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}
