/* A file, or what a spreadsheet has copied, on its way to be rows of a lookup table: its columns with
 * their types and the key, and its faults before anything is taken. */

import type { Csv } from "../data/csv.ts";
import { useText } from "../i18n/text.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import type { ColumnType } from "./cells.ts";
import { FAULTS, type ImportState, repeated } from "./useImport.ts";

const SHOWN = 8;

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

function Columns({ state }: { state: ImportState }) {
  const t = useText();
  const { csv, types, sheet, key, append, set } = state;
  const [header = []] = csv.rows;
  const again = repeated(state);
  return (
    <>
      <Preview
        csv={csv}
        types={types}
        onType={(at, type) => set({ types: new Map([...types.entries(), [at, type] as const]) })}
      />
      {sheet.rows.length > 0 && (
        <Select
          label={t("rules.import.how")}
          value={append ? "append" : "replace"}
          choices={[
            { value: "replace", label: t("rules.import.replace") },
            { value: "append", label: t("rules.import.append") },
          ]}
          onChange={(how) => set({ append: how === "append" })}
        />
      )}
      {key !== undefined && (
        <Select
          label={t("rules.import.key")}
          help={again === 0 ? t("rules.import.keyHelp") : t("rules.import.again", { count: again })}
          value={key}
          choices={[...new Set(header)].map((name) => ({ value: name, label: name }))}
          onChange={(next) => set({ key: next })}
        />
      )}
    </>
  );
}

export function ImportForm({ state }: { state: ImportState }) {
  const t = useText();
  const { text, faults, set } = state;
  return (
    <>
      <label className="field">
        <span className="field-label">{t("rules.import.file")}</span>
        <input
          type="file"
          className="input import-file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) =>
            void event.target.files?.[0]?.text().then((read) => set({ text: read }))
          }
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
        onChange={(next) => set({ text: next })}
      />
      {text !== "" && <Columns state={state} />}
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
    </>
  );
}
