/* A column of a decision table: its name, its type and what values there are. */
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, type JsonObject, textOf, withMember } from "../model/json.ts";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { ZoneField } from "../ui/ZoneField.tsx";
import { ColumnDialog } from "./ColumnDialog.tsx";
import { allTexts, plainText, plainValue } from "./cells.ts";
import { type Decision, removeInput, removeOutput, setInput, setOutput } from "./decision.ts";

interface ColumnProps {
  table: Decision;
  at: number;
  readOnly: boolean;
  put: (json: JsonObject, name: string) => void;
  move: (from: number, to: number) => void;
  onClose: () => void;
}

function bound(value: Json | undefined): string {
  return value === undefined ? "" : plainText(value);
}

function InputFields({
  input,
  onChange,
  readOnly,
}: {
  input: JsonObject;
  onChange: (input: JsonObject) => void;
  readOnly: boolean;
}) {
  const t = useText();
  const type = textOf(input.type) ?? "text";
  const [values, setValues] = useState(() => allTexts(arrayOf(input.values)).join("\n"));
  const set = (name: string, value: Json | undefined): void =>
    onChange(withMember(input, name, value));
  const text = (name: string) => (value: string) => set(name, value === "" ? undefined : value);
  return (
    <>
      <Select
        label={t("rules.column.type")}
        value={type}
        disabled={readOnly}
        choices={(["text", "number", "boolean", "date"] as const).map((one) => ({
          value: one,
          label: t(`rules.type.${one}`),
        }))}
        onChange={(next) => set("type", next === "text" ? undefined : next)}
      />
      {type === "text" && (
        <TextField
          label={t("rules.column.values")}
          help={t("rules.column.valuesHelp")}
          multiline
          rows={4}
          readOnly={readOnly}
          value={values}
          onChange={(next) => {
            const list = next.split("\n").filter((line) => line !== "");
            setValues(next);
            set("values", list.length === 0 ? undefined : list);
          }}
        />
      )}
      {(type === "number" || type === "date") && (
        <div className="two-fields">
          {(["min", "max"] as const).map((name) => (
            <TextField
              key={name}
              label={t(`rules.column.${name}`)}
              mono
              readOnly={readOnly}
              value={bound(input[name])}
              onChange={(next) => set(name, next === "" ? undefined : plainValue(next))}
            />
          ))}
        </div>
      )}
      {type === "date" && (
        <ZoneField
          label={t("rules.column.zone")}
          readOnly={readOnly}
          value={textOf(input.zone) ?? ""}
          onChange={text("zone")}
        />
      )}
      <TextField
        label={t("rules.column.from")}
        help={t("rules.column.fromHelp")}
        mono
        readOnly={readOnly}
        value={textOf(input.from) ?? ""}
        onChange={text("from")}
      />
      <Checkbox
        checked={input.optional === true}
        disabled={readOnly}
        onChange={(on) => set("optional", on ? true : undefined)}
      >
        {t("rules.column.optional")}
      </Checkbox>
    </>
  );
}

export function DecisionColumn({ table, at, readOnly, put, move, onClose }: ColumnProps) {
  const t = useText();
  const own = table.inputs[at];
  const output = at - table.inputs.length;
  const [place, setPlace] = useState(at);
  const [input, setInputJson] = useState<JsonObject>(own?.json ?? {});
  const [name, setName] = useState(own?.name ?? table.outputs[output] ?? "");
  const taken = [...table.inputs.map((one) => one.name), ...table.outputs].some(
    (other, i) => other === name && i !== place,
  );
  const fault =
    name === "" ? t("rules.column.noName") : taken ? t("rules.column.taken") : undefined;
  const isInput = own !== undefined;
  const count = isInput ? table.inputs.length : table.outputs.length;
  const begin = isInput ? 0 : table.inputs.length;
  const shift = (by: number): void => {
    const to = place + by;
    if (to >= begin && to < begin + count) {
      move(place, to);
      setPlace(to);
    }
  };
  return (
    <ColumnDialog
      title={t(isInput ? "rules.column.input" : "rules.column.output")}
      name={name}
      onName={setName}
      fault={fault}
      readOnly={readOnly}
      onSave={() =>
        put(
          isInput
            ? setInput(table, place, { ...input, name })
            : setOutput(table, place - begin, name),
          "column",
        )
      }
      onShift={shift}
      onRemove={() =>
        put(
          isInput ? removeInput(table, place) : removeOutput(table, place - begin),
          "columnRemove",
        )
      }
      keeps={count < 2 ? t("rules.column.last") : undefined}
      onClose={onClose}
    >
      {isInput && <InputFields input={input} onChange={setInputJson} readOnly={readOnly} />}
    </ColumnDialog>
  );
}
