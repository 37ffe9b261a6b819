/* The settings of a step, as a form made from its type's schema. */
import { Spline } from "lucide-react";
import { memo, useCallback, useMemo } from "react";
import { useUrlState } from "../app/url.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { later } from "../canvas/later.ts";
import { problemsOf } from "../canvas/store.ts";
import { useText } from "../i18n/text.tsx";
import { hasBody, listens, type NodeType } from "../model/catalog.ts";
import { setCollapsed } from "../model/commands/arrange.ts";
import { setMember } from "../model/commands/edit.ts";
import { indexOf, type Step } from "../model/flow.ts";
import {
  type Json,
  type JsonObject,
  objectOf,
  sameJson,
  textOf,
  withMember,
} from "../model/json.ts";
import { isCollapsed } from "../model/layout.ts";
import { pathOf, pointerOf, valueAt } from "../model/pointer.ts";
import { RuleLinks } from "../rules/RuleLinks.tsx";
import { Button } from "../ui/Button.tsx";
import { type FieldOf, SchemaForm } from "../ui/SchemaForm.tsx";
import { CodeField } from "./CodeField.tsx";
import { ConnectionField } from "./ConnectionField.tsx";
import { ExpressionField, type Seen } from "./ExpressionField.tsx";
import { InputMapping } from "./InputMapping.tsx";
import { LookupTable } from "./LookupTable.tsx";
import { useSeen } from "./useSeen.ts";

const useBesides = later(() => import("./besides.ts"));

/** A connector's action says what its input consists of: then the input is a form of its own. */
function schemaOf(type: NodeType): JsonObject {
  const properties = objectOf(type.schema.properties);
  const { body: _body, ...shown } = properties;
  const plain = hasBody(type) ? shown : properties;
  const input = type.action?.input;
  if (input === undefined || objectOf(plain.input)["x-weft-expression"] !== true) {
    return { ...type.schema, properties: plain };
  }
  const described = {
    ...input,
    type: "object",
    title: objectOf(plain.input).title ?? "Input",
    "x-weft-input": true,
  };
  return { ...type.schema, properties: { ...plain, input: described } };
}

/** What changes beside the settings does not draw them. */
const SettingsForm = memo(SchemaForm);

interface Told {
  readonly faults: ReadonlyMap<string, string>;
  readonly warnings: ReadonlyMap<string, string>;
}

const NOTHING: Told = { faults: new Map(), warnings: new Map() };

/** What is said of this step's settings, by the place in the form. */
function useTold(step: Step): Told {
  const problems = useEdited(problemsOf);
  return useMemo(() => {
    const start = `${pointerOf(step.path)}/config`;
    const [faults, warnings] = [new Map<string, string>(), new Map<string, string>()];
    for (const { step: of, pointer, message, missing, warning } of problems) {
      if (of !== step.id || message === undefined || !pointer.startsWith(start)) {
        continue;
      }
      const place = pointer.slice(start.length);
      const out = warning ? warnings : faults;
      out.set(place, message);
      /* of what is missing the pointer names the holder */
      if (missing !== undefined) {
        out.set(`${place}${pointerOf([missing])}`, message);
      }
    }
    return faults.size + warnings.size === 0 ? NOTHING : { faults, warnings };
  }, [problems, step]);
}

/** Only what changed is set, so that undo says which setting it was. */
function changedPath(
  before: Json | undefined,
  after: Json,
  path: readonly string[] = [],
): readonly string[] {
  const [a, b] = [objectOf(before), objectOf(after)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !sameJson(a[name], b[name]),
  );
  const [only] = names;
  if (only === undefined || names.length > 1) {
    return path;
  }
  return typeof a[only] === "object" && typeof b[only] === "object"
    ? changedPath(a[only], b[only] as Json, [...path, only])
    : [...path, only];
}

function Body({ step }: { step: Step }) {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const inner = indexOf(draft).levels.get(step.id)?.steps ?? [];
  const folded = isCollapsed(draft, step.id);
  return (
    <div className="body-field">
      <span className="field-label">{t("inspector.body", { count: inner.length })}</span>
      <Button
        size="s"
        onPress={() => editor.setState({ picker: { level: step.id, at: { x: 0, y: 0 } } })}
      >
        {t("canvas.addInside")}
      </Button>
      <Button
        size="s"
        look="quiet"
        onPress={() => editor.run(setCollapsed(editor.getState().draft, step.id, !folded))}
      >
        {t(folded ? "canvas.unfold" : "canvas.fold")}
      </Button>
    </div>
  );
}

export function Settings({ step, type }: { step: Step; type: NodeType }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const seen = useSeen(step.id);
  const { faults, warnings } = useTold(step);
  const schema = useMemo(() => schemaOf(type), [type]);
  const { id } = step;
  const { config } = step.node;
  const [, setMapped] = useUrlState("map");

  const besides = useBesides();
  const loops = hasBody(type);
  const value = useMemo(
    () => (loops ? withMember(objectOf(config), "body", undefined) : objectOf(config)),
    [config, loops],
  );
  const onChange = useCallback(
    (shown: Json) => {
      const { body } = objectOf(config);
      const next = loops && body !== undefined ? { ...objectOf(shown), body } : shown;
      const path = changedPath(config, next);
      const value = path.length === 0 ? next : valueAt(next, path);
      editor.run(setMember(editor.getState().draft, id, ["config", ...path], value));
    },
    [editor, id, config, loops],
  );
  const renderField = useCallback(
    (field: FieldOf, standard: () => React.ReactNode) => {
      const within = pathOf(field.pointer)[0] === "input" && type.action?.input !== undefined;
      if (field.schema["x-weft-script"] === true) {
        return <Script field={field} seen={seen} />;
      }
      if (field.schema["x-weft-expression"] === true) {
        return <ExpressionField field={field} seen={seen} typed={false} />;
      }
      if (within) {
        const whole = field.schema["x-weft-input"] === true;
        const isText = typeof field.value === "string" && field.value.startsWith("=");
        return whole ? (
          <div className="either either-whole">
            {isText ? <ExpressionField field={field} seen={seen} typed /> : standard()}
            <div className="either-acts">
              <InputMapping of={id} onOpen={setMapped} />
              {!isText && <ExpressionSwitch field={field} />}
            </div>
          </div>
        ) : (
          <ExpressionField field={field} seen={seen} typed />
        );
      }
      if (type.name === "transform.lookup" && field.pointer === "/table") {
        return <LookupTable field={field}>{standard()}</LookupTable>;
      }
      return standard();
    },
    [type, seen, id, setMapped],
  );
  return (
    <div className="settings">
      <ConnectionField step={step} type={type} />
      {step.body && <Body step={step} />}
      {step.type === "transform.map" && (
        <Button look="primary" icon={<Spline size={15} />} onPress={() => setMapped(step.id)}>
          {t("inspector.openMapper")}
        </Button>
      )}
      <SettingsForm
        key={`${id} ${step.type}`}
        schema={schema}
        value={value}
        onChange={onChange}
        faults={faults}
        warnings={warnings}
        readOnly={readOnly}
        renderField={renderField}
      />
      {listens(type) && besides && <besides.Receives step={step} />}
    </div>
  );
}

function ExpressionSwitch({ field }: { field: FieldOf }) {
  const t = useText();
  return (
    <Button size="s" look="quiet" onPress={() => field.onChange("=")} disabled={field.readOnly}>
      {t("inspector.asExpression")}
    </Button>
  );
}

function Script({ field, seen }: { field: FieldOf; seen: Seen }) {
  const help = textOf(field.schema.description);
  return (
    <div className="field">
      <span className="field-label">{field.label}</span>
      <CodeField
        label={field.label}
        lines
        value={textOf(field.value) ?? ""}
        places={seen.places}
        onChange={(next) => field.onChange(next === "" && !field.required ? undefined : next)}
        onLeave={seen.onLeave}
        readOnly={field.readOnly}
      />
      <RuleLinks source={textOf(field.value) ?? ""} />
      {help !== undefined && <span className="field-help">{help}</span>}
      {field.error !== undefined && <span className="field-error">{field.error}</span>}
    </div>
  );
}
