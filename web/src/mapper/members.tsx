/* Members of a line that take a value or an expression. */
import { Plus } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { ExpressionField } from "../inspector/ExpressionField.tsx";
import type { Json } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import type { FieldOf } from "../ui/SchemaForm.tsx";
import type { Line } from "./lines.ts";
import { useMapping } from "./mapping.tsx";
import { useSeenBy } from "./useSeenBy.ts";

export function memberField(given: {
  member: string;
  label: string;
  value: Json | undefined;
  readOnly: boolean;
  help?: string;
  onChange: (value: Json | undefined) => void;
}): FieldOf {
  const { member, label, value, readOnly, help, onChange } = given;
  return {
    pointer: `/${member}`,
    name: member,
    label,
    schema: help === undefined ? {} : { description: help },
    required: false,
    value,
    error: undefined,
    readOnly,
    onChange,
  };
}

/** A member that takes a value or an expression. */
export function Member({
  line,
  name,
  outer,
}: {
  line: Line;
  name: "from" | "when" | "default" | "each" | "where" | "group";
  outer?: boolean;
}) {
  const t = useText();
  const { set, readOnly } = useMapping();
  const seen = useSeenBy(line, outer === true ? "outer" : "scopes");
  return (
    <ExpressionField
      field={memberField({
        member: name,
        label: t(`mapper.member.${name}`),
        value: line.field[name],
        readOnly,
        onChange: (value) => set(line, name, value),
      })}
      seen={seen}
      typed={false}
    />
  );
}

/** Members that are seldom needed stand behind a button each until they are there. */
export function Seldom({
  line,
  names,
  outer,
}: {
  line: Line;
  names: readonly ("when" | "default" | "where" | "group")[];
  outer?: boolean;
}) {
  const t = useText();
  const { set, readOnly } = useMapping();
  const there = names.filter((name) => line.field[name] !== undefined);
  const absent = readOnly ? [] : names.filter((name) => line.field[name] === undefined);
  return (
    <>
      {there.map((name) => (
        <Member key={name} line={line} name={name} outer={name === "when" && outer === true} />
      ))}
      {absent.length > 0 && (
        <div className="map-more">
          {absent.map((name) => (
            <Button
              key={name}
              size="s"
              look="quiet"
              icon={<Plus size={13} />}
              onPress={() => set(line, name, name === "default" ? "" : "=")}
            >
              {t(`mapper.member.${name}`)}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
