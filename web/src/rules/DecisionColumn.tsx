/* A column of a decision table: its name, its type and what values there are. */
import { ArrowLeft, ArrowRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, type JsonObject, textOf, withMember } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
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
        <TextField
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
  const fault = name === "" ? t("rules.column.noName") : undefined;
  const save = (): void => {
    if (own !== undefined) {
      put(setInput(table, place, { ...input, name }), "column");
    } else {
      put(setOutput(table, place - table.inputs.length, name), "column");
    }
    onClose();
  };
  const shift = (by: number): void => {
    const to = place + by;
    const [first, last] =
      own !== undefined
        ? [0, table.inputs.length - 1]
        : [table.inputs.length, table.inputs.length + table.outputs.length - 1];
    if (to >= first && to <= last) {
      move(place, to);
      setPlace(to);
    }
  };
  const count = own !== undefined ? table.inputs.length : table.outputs.length;
  return (
    <Dialog
      open
      size="s"
      title={t(own !== undefined ? "rules.column.input" : "rules.column.output")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          {!readOnly && (
            <Button look="primary" disabled={fault !== undefined} onPress={save}>
              {t("rules.column.save")}
            </Button>
          )}
        </>
      }
    >
      <div className="editor-form">
        <TextField
          label={t("rules.column.name")}
          value={name}
          readOnly={readOnly}
          autoFocus
          error={fault ?? (taken ? t("rules.column.taken") : undefined)}
          onChange={setName}
        />
        {own !== undefined && (
          <InputFields input={input} onChange={setInputJson} readOnly={readOnly} />
        )}
        {!readOnly && (
          <div className="test-acts">
            <Button size="s" look="quiet" icon={<ArrowLeft size={14} />} onPress={() => shift(-1)}>
              {t("rules.column.left")}
            </Button>
            <Button size="s" look="quiet" icon={<ArrowRight size={14} />} onPress={() => shift(1)}>
              {t("rules.column.right")}
            </Button>
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={14} />}
              reason={count < 2 ? t("rules.column.last") : undefined}
              onPress={() => {
                put(
                  own !== undefined
                    ? removeInput(table, place)
                    : removeOutput(table, place - table.inputs.length),
                  "columnRemove",
                );
                onClose();
              }}
            >
              {t("rules.column.remove")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
