// What differs between two values, member by member: numbers as amounts are compared by their value
// (1.10 is 1.1), order of members does not count.
import { useMemo } from "react";
import { differences } from "../data/differences.ts";
import { useText } from "../i18n/text.tsx";
import { type Json, writeJson } from "../model/json.ts";

const short = (value: Json | undefined) =>
  value === undefined ? "" : writeJson(value).slice(0, 300);

export function Diff(props: {
  before: Json | undefined;
  after: Json | undefined;
  names: [string, string];
}) {
  const t = useText();
  const list = useMemo(() => differences(props.before, props.after), [props.before, props.after]);
  if (list.length === 0) return <p className="muted">{t("diff.same")}</p>;
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
        {list.slice(0, 500).map((difference) => (
          <tr key={difference.path} className={`diff-${difference.kind}`}>
            <th scope="row" className="mono foreign">
              {difference.path || t("diff.whole")}
            </th>
            <td className="mono foreign">{short(difference.before)}</td>
            <td className="mono foreign">{short(difference.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
