/* A setting that takes a value or an expression ("=" in the file), and what that gives. */
import { SquareFunction } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useId, useRef, useState } from "react";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { isExpression, literalText, meantText } from "../model/expressions.ts";
import { arrayOf, isNumber, type Json, type JsonObject, textOf } from "../model/json.ts";
import { RuleLinks } from "../rules/RuleLinks.tsx";
import { Select } from "../ui/Field.tsx";
import { type FieldOf, StandardField } from "../ui/SchemaForm.tsx";
import { ExpressionValue } from "./ExpressionValue.tsx";
import { type Place, short } from "./sample.ts";

const CodeField = lazy(async () => {
  const module = await patient(() => import("./CodeField.tsx"));
  return { default: module.CodeField };
});

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

/** An editor takes as long to make as all else of the panel: it comes when that has been painted. */
function usePainted(at: boolean): boolean {
  const [painted, setPainted] = useState(at);
  useEffect(() => {
    let timer = 0;
    const frame = requestAnimationFrame(() => {
      timer = window.setTimeout(() => setPainted(true));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, []);
  return painted;
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
  const painted = usePainted(props.typing ?? false);
  const waiting = <div className="code-field code-waiting foreign">{props.source}</div>;
  return (
    <>
      {painted ? (
        <Suspense fallback={waiting}>
          <CodeField
            label={props.label}
            value={props.source}
            places={props.seen.places}
            onChange={props.onChange}
            onLeave={props.seen.onLeave}
            readOnly={props.readOnly ?? false}
            focused={props.typing ?? false}
          />
        </Suspense>
      ) : (
        waiting
      )}
      {props.seen.still !== true && <ExpressionValue source={props.source} seen={props.seen} />}
      <RuleLinks source={props.source} />
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
