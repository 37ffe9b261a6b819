// What differs between two values, member by member: numbers as amounts are compared by their value
// (1.10 is 1.1), order of members does not count.
import { useMemo } from "react";
import { differences } from "../data/differences.ts";
import { useText } from "../i18n/text.tsx";
import type { Json } from "../model/json.ts";
import { DiffTable } from "./DiffTable.tsx";

export function Diff(props: {
  before: Json | undefined;
  after: Json | undefined;
  names: [string, string];
}) {
  const t = useText();
  const rows = useMemo(
    () =>
      differences(props.before, props.after)
        .slice(0, 500)
        .map(({ path, ...rest }) => ({ key: path, place: path, ...rest })),
    [props.before, props.after],
  );
  if (rows.length === 0) return <p className="muted">{t("diff.same")}</p>;
  return <DiffTable rows={rows} names={props.names} />;
}
