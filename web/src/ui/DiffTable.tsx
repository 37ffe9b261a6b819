// What differs, a row each: where, what stood there before, what stands there after.
import { useText } from "../i18n/text.tsx";
import { type Json, type JsonObject, textOf, writeJson } from "../model/json.ts";

export interface DiffRow {
  key: string;
  /** "" is the whole value. */
  place: string;
  kind: string /* "added", "removed" or "changed" */;
  before: Json | undefined;
  after: Json | undefined;
}

/** A difference as the program tells it. */
export function diffRow({ pointer, kind, left, right }: JsonObject): DiffRow {
  const place = textOf(pointer) ?? "";
  return { key: place, place, kind: textOf(kind) ?? "", before: left, after: right };
}

/** A text of several lines as it is, everything else as JSON. */
export function shortOf(value: Json | undefined): string {
  if (value === undefined) return "";
  return (textOf(value)?.includes("\n") ? (textOf(value) ?? "") : writeJson(value)).slice(0, 300);
}

export function DiffTable(props: { rows: readonly DiffRow[]; names: readonly [string, string] }) {
  const t = useText();
  return (
    <table className="diff">
      <thead>
        <tr>
          <th scope="col">{t("diff.field")}</th>
          <th scope="col">{props.names[0]}</th>
          <th scope="col">{props.names[1]}</th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.key} className={`diff-${row.kind}`}>
            <th scope="row" className="mono foreign">
              {row.place || t("diff.whole")}
            </th>
            <td className="mono foreign">{shortOf(row.before)}</td>
            <td className="mono foreign">{shortOf(row.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
