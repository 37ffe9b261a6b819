/* A setting that takes a value or an expression ("=" in the file), and what that gives. */
import { SquareFunction } from "lucide-react";
import { type ReactNode, useId, useMemo, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { isExpression, literalText, meantText } from "../model/expressions.ts";
import { arrayOf, isNumber, type Json, type JsonObject, textOf } from "../model/json.ts";
import { RuleLinks } from "../rules/RuleLinks.tsx";
import { Select } from "../ui/Field.tsx";
import { type FieldOf, StandardField } from "../ui/SchemaForm.tsx";
import { CodeField } from "./CodeField.tsx";
import { ExpressionValue, lacks } from "./ExpressionValue.tsx";
import { useValue } from "./evaluate.ts";
import { type Place, short } from "./sample.ts";
import { useKeptLookups } from "./useKnown.ts";

export interface Seen {
  readonly flow: string;
  readonly context: JsonObject;
  readonly places: readonly Place[];
  readonly onLeave: () => void;
  readonly still?: boolean /* what it sees is not known whole: no value is shown */;
}

type Kind = "expression" | "text" | "number" | "flag" | "json" | "none";

function kindOf(value: Json | undefined): Kind {
  if (value === undefined) {
    return "none";
  }
  if (isExpression(value)) {
    return "expression";
  }
  if (typeof value === "string") {
    return "text";
  }
  return isNumber(value) ? "number" : typeof value === "boolean" ? "flag" : "json";
}

/** The value carried over as well as it can be. */
function turned(value: Json | undefined, kind: Kind): Json | undefined {
  const text =
    typeof value === "string"
      ? isExpression(value)
        ? value.slice(1)
        : meantText(value)
      : value === undefined
        ? ""
        : short(value);
  switch (kind) {
    case "expression":
      return `=${typeof value === "string" && !isExpression(value) && text !== "" ? JSON.stringify(text) : text}`;
    case "text":
      return literalText(text);
    case "number":
      return Number.isFinite(Number(text)) && text.trim() !== "" ? Number(text) : 0;
    case "flag":
      return text === "true";
    case "json":
      return {};
    default:
      return undefined;
  }
}

export function ExpressionEditor(props: {
  label: string;
  source: string;
  seen: Seen;
  readOnly?: boolean;
  /** Somebody is typing it just now: the cursor goes on behind what is there. */
  typing?: boolean;
  onChange: (source: string) => void;
}) {
  const { source, seen } = props;
  const lookups = useKeptLookups();
  const shown = seen.still !== true;
  const { now, busy } = useValue(seen.flow, shown ? source : undefined, seen.context, lookups);
  const blind = now?.fault !== undefined && lacks(source, seen.context);
  const { from, to } = now?.source === source && !blind ? now : {};
  const spot = useMemo(
    () => (from === undefined || to === undefined ? undefined : { from, to }),
    [from, to],
  );
  return (
    <>
      <CodeField
        label={props.label}
        value={source}
        places={seen.places}
        onChange={props.onChange}
        onLeave={seen.onLeave}
        readOnly={props.readOnly ?? false}
        focused={props.typing ?? false}
        spot={spot}
      />
      {shown && <ExpressionValue source={source} now={now} busy={busy} blind={blind} />}
      <RuleLinks source={source} />
    </>
  );
}

/** What is typed into such a setting is a text or, behind "=", an expression. */
function takesText(schema: JsonObject): boolean {
  const [example] = arrayOf(schema.examples);
  return example === undefined || typeof example === "string";
}

/** For settings whose schema names no type: which kind of value it is. */
function KindChoice({ field, kind }: { field: FieldOf; kind: Kind }) {
  const t = useText();
  const kinds: Kind[] = field.required
    ? ["expression", "text", "number", "flag", "json"]
    : ["none", "expression", "text", "number", "flag", "json"];
  return (
    <Select
      className="kind-choice"
      label={t("inspector.kindOf", { name: field.label })}
      hideLabel
      disabled={field.readOnly}
      value={kind}
      choices={kinds.map((one) => ({ value: one, label: t(`inspector.kind.${one}`) }))}
      onChange={(chosen) => field.onChange(turned(field.value, chosen as Kind))}
    />
  );
}

/** For settings of one type: that type's field, or an expression. */
function Toggle({ field, on }: { field: FieldOf; on: boolean }) {
  const t = useText();
  return (
    <button
      type="button"
      className="expression-toggle"
      aria-pressed={on}
      disabled={field.readOnly}
      title={t(on ? "inspector.toValue" : "inspector.toExpression")}
      aria-label={`${field.label}: ${t("inspector.kind.expression")}`}
      onClick={() => field.onChange(on ? undefined : turned(field.value, "expression"))}
    >
      <SquareFunction size={14} aria-hidden="true" />
    </button>
  );
}

function schemaFor(kind: Kind): JsonObject {
  const types: Partial<Record<Kind, string>> = {
    text: "string",
    number: "number",
    flag: "boolean",
  };
  const type = types[kind];
  return type === undefined ? {} : { type };
}

interface Props {
  readonly field: FieldOf;
  readonly seen: Seen;
  readonly typed: boolean;
}

export function ExpressionField({ field, seen, typed }: Props) {
  const id = useId();
  const typing = useRef(false);
  const kind = kindOf(field.value);
  const direct = kind === "none" && !typed && !field.readOnly && takesText(field.schema);
  const help = textOf(field.schema.description);
  const isOn = kind === "expression";
  let inner: ReactNode = null;
  if (isOn) {
    const source = String(field.value).slice(1);
    inner = (
      <ExpressionEditor
        label={field.label}
        source={source}
        seen={seen}
        readOnly={field.readOnly}
        typing={typing.current}
        onChange={(next) => field.onChange(`=${next}`)}
      />
    );
  } else if (typed) {
    return (
      <div className="either">
        <StandardField {...field} />
        <Toggle field={field} on={false} />
      </div>
    );
  } else if (kind !== "none" || direct) {
    const schema =
      kind === "text" || direct
        ? {
            ...schemaFor("text"),
            ...(field.schema.examples === undefined ? {} : { examples: field.schema.examples }),
          }
        : schemaFor(kind);
    const value = kind === "text" ? meantText(String(field.value)) : direct ? "" : field.value;
    const onChange = (next: Json | undefined): void => {
      typing.current = typeof next === "string" && isExpression(next) && value === "";
      field.onChange(typeof next === "string" && !typing.current ? literalText(next) : next);
    };
    inner = (
      <StandardField
        {...field}
        schema={schema}
        value={value}
        onChange={onChange}
        error={undefined}
        required
      />
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row
    <div className="field either-field" role="group" aria-labelledby={id}>
      <div className="either-head">
        <span id={id} className="field-label">
          {field.label}
          {field.required && <span className="field-required"> *</span>}
        </span>
        {typed ? <Toggle field={field} on={isOn} /> : <KindChoice field={field} kind={kind} />}
      </div>
      {inner}
      {help !== undefined && <span className="field-help">{help}</span>}
      {field.error !== undefined && <span className="field-error">{field.error}</span>}
    </div>
  );
}
