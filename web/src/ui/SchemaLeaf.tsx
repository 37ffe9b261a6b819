// The fields of a schema's form that hold one value: texts, numbers, choices, flags, free JSON.
import { useState } from "react";
import { asText, fieldKind } from "../data/schema.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, JsonError, numberFrom, parseJson, textOf } from "../model/json.ts";
import { Checkbox, Select, TextField } from "./Field.tsx";
import type { FieldOf } from "./schemaContext.ts";
import { ZoneField } from "./ZoneField.tsx";

function placeholderOf(field: FieldOf, example: (text: string) => string): string | undefined {
  const standard = field.schema.default;
  if (standard !== undefined && standard !== null) return String(standard);
  const first = arrayOf(field.schema.examples)[0];
  return first === undefined || first === null || typeof first === "object"
    ? undefined
    : example(String(first));
}

export function PlainTextField(field: FieldOf) {
  const t = useText();
  const { schema } = field;
  const long = fieldKind(schema) === "longText";
  const placeholder = placeholderOf(field, (text) => t("form.example", { text }));
  const common = {
    label: field.label,
    help: textOf(schema.description),
    error: field.error,
    required: field.required,
    readOnly: field.readOnly,
    ...(placeholder === undefined ? {} : { placeholder }),
    value: textOf(field.value) ?? (field.value === undefined ? "" : asText(field.value)),
    onChange: (text: string) => field.onChange(text === "" && !field.required ? undefined : text),
  };
  if (schema["x-weft-zone"] === true) return <ZoneField {...common} takesVar />;
  return (
    <TextField
      {...common}
      multiline={long}
      mono={schema["x-weft-code"] !== undefined}
      type={schema.format === "password" || schema.writeOnly === true ? "password" : "text"}
    />
  );
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;

/** Keeps the digits as they are typed: 1.10 stays 1.10. */
export function NumberField(field: FieldOf) {
  const t = useText();
  const [typed, setTyped] = useState<string | undefined>();
  const own = field.value === undefined || field.value === null ? "" : String(field.value);
  const text = typed ?? own;
  const wrong = text !== "" && !NUMBER.test(text);
  const placeholder = placeholderOf(field, (example) => t("form.example", { text: example }));
  return (
    <TextField
      label={field.label}
      help={textOf(field.schema.description)}
      error={wrong ? t("form.notNumber") : field.error}
      required={field.required}
      readOnly={field.readOnly}
      inputMode={field.schema.type === "integer" ? "numeric" : "decimal"}
      {...(placeholder === undefined ? {} : { placeholder })}
      value={text}
      onBlur={() => setTyped(undefined)}
      onChange={(next) => {
        setTyped(next);
        const trimmed = next.trim();
        if (trimmed === "") field.onChange(field.required ? null : undefined);
        else if (NUMBER.test(trimmed)) field.onChange(numberFrom(trimmed));
      }}
    />
  );
}

/** What no field fits: its JSON. A text that is not JSON yet stays in the field until it is. */
export function JsonField(field: FieldOf) {
  const t = useText();
  const [typed, setTyped] = useState<string | undefined>();
  const text = typed ?? asText(field.value);
  const [fault, setFault] = useState<string | undefined>();
  const change = (next: string) => {
    setTyped(next);
    if (next.trim() === "") {
      setFault(undefined);
      field.onChange(field.required ? null : undefined);
      return;
    }
    try {
      const value: Json = parseJson(next);
      setFault(undefined);
      field.onChange(value);
    } catch (error) {
      setFault(
        error instanceof JsonError ? t("form.notJson", { fault: error.message }) : String(error),
      );
    }
  };
  return (
    <TextField
      label={field.label}
      help={textOf(field.schema.description)}
      error={fault ?? field.error}
      required={field.required}
      readOnly={field.readOnly}
      multiline
      mono
      rows={Math.min(14, Math.max(2, text.split("\n").length))}
      value={text}
      onChange={change}
      onBlur={() => {
        if (fault === undefined) setTyped(undefined);
      }}
    />
  );
}

export function ChoiceField(field: FieldOf) {
  const t = useText();
  const choices = arrayOf(field.schema.enum).map((one) => ({
    value: String(one),
    label: String(one),
  }));
  const standard = field.schema.default;
  if (!field.required) {
    const label =
      standard === undefined ? t("form.unset") : t("form.default", { value: String(standard) });
    choices.unshift({ value: "", label });
  }
  return (
    <Select
      label={field.label}
      help={textOf(field.schema.description)}
      error={field.error}
      required={field.required}
      disabled={field.readOnly}
      choices={choices}
      value={field.value === undefined || field.value === null ? "" : String(field.value)}
      onChange={(chosen) =>
        field.onChange(
          chosen === "" && !field.required
            ? undefined
            : (arrayOf(field.schema.enum).find((one) => String(one) === chosen) ?? chosen),
        )
      }
    />
  );
}

export function FlagField(field: FieldOf) {
  const help = textOf(field.schema.description);
  const on = field.value ?? field.schema.default;
  return (
    <div className="field">
      <Checkbox checked={on === true} disabled={field.readOnly} onChange={field.onChange}>
        {field.label}
      </Checkbox>
      {help && <span className="field-help form-indent">{help}</span>}
    </div>
  );
}
