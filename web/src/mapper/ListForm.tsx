/* A line that makes a list: what it goes through, which items, in which order, put together how. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { ExpressionField } from "../inspector/ExpressionField.tsx";
import { arrayOf, type Json, objectOf, textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Checkbox, TextField } from "../ui/Field.tsx";
import type { Line } from "./lines.ts";
import { useMapping } from "./mapping.tsx";
import { Member, memberField, Seldom } from "./members.tsx";
import { useSeenBy } from "./useSeenBy.ts";

function Sorts({ line }: { line: Line }) {
  const t = useText();
  const { set, readOnly } = useMapping();
  const seen = useSeenBy(line, "scopes");
  const sorts = arrayOf(line.field.sort).map(objectOf);
  const put = (next: readonly Json[]): void =>
    set(line, "sort", next.length === 0 ? undefined : next);
  return (
    <>
      {sorts.map((sort, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a key is its place
        <div className="map-sort" key={i}>
          <ExpressionField
            field={memberField({
              member: `sort/${i}/by`,
              label: t("mapper.member.sort", { at: i + 1 }),
              value: sort.by,
              readOnly,
              onChange: (by) =>
                put(by === undefined ? sorts.toSpliced(i, 1) : sorts.with(i, { ...sort, by })),
            })}
            seen={seen}
            typed={false}
          />
          <Checkbox
            checked={sort.descending === true}
            disabled={readOnly}
            onChange={(descending) => put(sorts.with(i, { ...sort, descending }))}
          >
            {t("mapper.descending")}
          </Checkbox>
        </div>
      ))}
      {!readOnly && (
        <Button
          size="s"
          look="quiet"
          icon={<Plus size={13} />}
          onPress={() => put([...sorts, { by: "=item" }])}
        >
          {t("mapper.sort")}
        </Button>
      )}
    </>
  );
}

/** A name is set when the field is left: half a name is none. */
function ItemName({ line }: { line: Line }) {
  const t = useText();
  const { set, readOnly } = useMapping();
  const own = textOf(line.field.as) ?? "";
  const [typed, setTyped] = useState<string>();
  return (
    <TextField
      label={t("mapper.member.as")}
      help={t("mapper.member.asHelp")}
      mono
      readOnly={readOnly}
      value={typed ?? own}
      onChange={setTyped}
      onBlur={() => {
        if (typed !== undefined && typed !== own) {
          set(line, "as", typed === "" ? undefined : typed);
        }
        setTyped(undefined);
      }}
    />
  );
}

export function ListForm({ line }: { line: Line }) {
  return (
    <>
      <Member line={line} name="each" outer />
      <Seldom line={line} names={["where", "group", "when", "default"]} outer />
      <Sorts line={line} />
      <ItemName line={line} />
      {line.field.fields === undefined && <Member line={line} name="from" />}
    </>
  );
}
