/* One line as a form: where from, through which functions, when, or else, and as what. What the form
 * does not know of the line stays as it is. */
import { ArrowDown, ArrowUp, Trash2 } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { isExpression } from "../model/expressions.ts";
import { textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Select } from "../ui/Field.tsx";
import { CallChips } from "./CallChips.tsx";
import { moveLine, removeLines } from "./edits.ts";
import { ListForm } from "./ListForm.tsx";
import type { Line } from "./lines.ts";
import { useMapping } from "./mapping.tsx";
import { Member, Seldom } from "./members.tsx";

const CONVERT = ["none", "text", "number", "integer", "boolean"] as const;

function Head({ line, place }: { line: Line; place: { at: number; of: number } }) {
  const t = useText();
  const { change, config, readOnly } = useMapping();
  const values = { target: line.target };
  const last = place.at === place.of - 1 && line.field.when === undefined;
  return (
    <div className="map-case">
      <strong>{last ? t("mapper.else") : t("mapper.caseNo", { at: place.at + 1 })}</strong>
      <span className="spacer" />
      {!readOnly && (
        <>
          <Button
            size="s"
            look="quiet"
            icon={<ArrowUp size={13} />}
            label={t("mapper.earlier")}
            disabled={place.at === 0}
            onPress={() => change("order", values, { config: moveLine(config, line.path, -1) })}
          />
          <Button
            size="s"
            look="quiet"
            icon={<ArrowDown size={13} />}
            label={t("mapper.later")}
            disabled={place.at === place.of - 1}
            onPress={() => change("order", values, { config: moveLine(config, line.path, 1) })}
          />
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={13} />}
            label={t("mapper.removeCase")}
            onPress={() =>
              change(
                "remove",
                { ...values, count: 1 },
                { config: removeLines(config, [line.path]) },
              )
            }
          />
        </>
      )}
    </div>
  );
}

export function LineForm({
  line,
  place,
}: {
  line: Line;
  place: { at: number; of: number } | undefined;
}) {
  const t = useText();
  const { set, readOnly } = useMapping();
  if (line.kind === "list") {
    return <ListForm line={line} />;
  }
  return (
    <div className={place === undefined ? "map-line" : "map-line map-line-case"}>
      {place !== undefined && <Head line={line} place={place} />}
      {line.field.when !== undefined && <Member line={line} name="when" />}
      {line.makes !== undefined && <Member line={line} name="each" outer />}
      <Member line={line} name="from" />
      {(line.kind === "path" || line.kind === "expression") && isExpression(line.field.from) && (
        <CallChips line={line} source={line.field.from.slice(1)} />
      )}
      <Seldom
        line={line}
        names={line.field.when === undefined ? ["when", "default"] : ["default"]}
      />
      <Select
        label={t("mapper.member.convert")}
        inline
        disabled={readOnly}
        value={textOf(line.field.convert) ?? "none"}
        choices={CONVERT.map((value) => ({ value, label: t(`mapper.convert.${value}`) }))}
        onChange={(value) => set(line, "convert", value === "none" ? undefined : value)}
      />
    </div>
  );
}
