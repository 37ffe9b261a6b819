// A form from a JSON Schema. Optional members that are not set wait under "More"; whoever places
// the form may draw fields of his own (expressions, secrets) with `renderField`.
import { ChevronRight, Plus, Trash2 } from "lucide-react";
import { createContext, type ReactNode, useContext, useId, useState } from "react";
import {
  fieldKind,
  labelOf,
  type Property,
  propertiesOf,
  resolved,
  type Schema,
  startOf,
  variantFor,
  variantsOf,
} from "../data/schema.ts";
import { useText } from "../i18n/text.tsx";
import {
  arrayOf,
  isObject,
  type Json,
  type JsonObject,
  objectOf,
  textOf,
  withMember,
} from "../model/json.ts";
import { Button } from "./Button.tsx";
import { Checkbox, Select } from "./Field.tsx";
import { JsonField, NumberField, PlainTextField } from "./SchemaLeaf.tsx";

export interface FieldOf {
  /** JSON pointer of the value: "/lines/0/sku". */
  pointer: string;
  name: string;
  label: string;
  schema: Schema;
  required: boolean;
  value: Json | undefined;
  error: string | undefined;
  readOnly: boolean;
  /** undefined takes the member away. */
  onChange: (value: Json | undefined) => void;
}

interface FormContext {
  root: Schema;
  faults: ReadonlyMap<string, string>;
  readOnly: boolean;
  renderField: ((field: FieldOf, standard: () => ReactNode) => ReactNode) | undefined;
}

const Context = createContext<FormContext>({
  root: {},
  faults: new Map(),
  readOnly: false,
  renderField: undefined,
});

export interface SchemaFormProps {
  schema: Schema;
  value: Json | undefined;
  onChange: (value: Json) => void;
  faults?: ReadonlyMap<string, string>;
  readOnly?: boolean;
  /** Draws a field in another way, or calls `standard` for the usual one. */
  renderField?: (field: FieldOf, standard: () => ReactNode) => ReactNode;
}

const noFaults: ReadonlyMap<string, string> = new Map();

export function SchemaForm(props: SchemaFormProps) {
  const context: FormContext = {
    root: props.schema,
    faults: props.faults ?? noFaults,
    readOnly: props.readOnly ?? false,
    renderField: props.renderField,
  };
  return (
    <Context value={context}>
      <div className="form">
        <Members
          schema={resolved(props.schema, props.schema)}
          pointer=""
          value={objectOf(props.value)}
          onChange={props.onChange}
        />
      </div>
    </Context>
  );
}

interface NodeProps<T> {
  schema: Schema;
  pointer: string;
  value: T;
  onChange: (value: Json) => void;
}

/** The members of an object; those that are optional and not set stay folded. */
function Members({ schema, pointer, value, onChange }: NodeProps<JsonObject>) {
  const { root, faults } = useContext(Context);
  const t = useText();
  const [more, setMore] = useState(false);
  const all = propertiesOf(schema, root);
  const [first] = useState(
    () =>
      new Set(
        all.filter((one) => one.required || value[one.name] !== undefined).map((one) => one.name),
      ),
  );
  const isFirst = (one: Property) => first.has(one.name) || faults.has(`${pointer}/${one.name}`);
  // A few fields are not worth a fold.
  const folds = all.length > 5 && all.some((one) => !isFirst(one));
  const shown = folds && !more ? all.filter(isFirst) : all;
  const hidden = all.length - shown.length;

  return (
    <>
      {shown.map((property) => (
        <Field
          key={property.name}
          property={property}
          pointer={`${pointer}/${property.name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
          value={Object.hasOwn(value, property.name) ? value[property.name] : undefined}
          onChange={(next) => onChange(withMember(value, property.name, next))}
        />
      ))}
      {folds && (
        <button
          type="button"
          className="form-more"
          aria-expanded={more}
          onClick={() => setMore(!more)}
        >
          <ChevronRight size={13} aria-hidden="true" className={more ? "turned" : undefined} />
          {more ? t("form.less") : t("form.more", { count: hidden })}
        </button>
      )}
    </>
  );
}

function Field(props: {
  property: Property;
  pointer: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}) {
  const { faults, renderField, readOnly } = useContext(Context);
  const { property, pointer } = props;
  const field: FieldOf = {
    pointer,
    name: property.name,
    label: labelOf(property.name, property.schema),
    schema: property.schema,
    required: property.required,
    value: props.value,
    error: faults.get(pointer),
    readOnly,
    onChange: props.onChange,
  };
  const standard = () => <StandardField {...field} />;
  return <>{renderField ? renderField(field, standard) : standard()}</>;
}

/** The usual field for a schema. */
export function StandardField(field: FieldOf): ReactNode {
  const { schema } = field;
  switch (fieldKind(schema)) {
    case "choice":
      return <ChoiceField {...field} />;
    case "flag":
      return <FlagField {...field} />;
    case "number":
      return <NumberField {...field} />;
    case "text":
    case "longText":
      return <PlainTextField {...field} />;
    case "object":
      return (
        <Group field={field}>
          <Members
            schema={schema}
            pointer={field.pointer}
            value={objectOf(field.value)}
            onChange={field.onChange}
          />
        </Group>
      );
    case "variants":
      return <VariantsField {...field} />;
    case "list":
      return <ListField {...field} />;
    case "table":
      return <TableField {...field} />;
    default:
      return <JsonField {...field} />;
  }
}

function ChoiceField(field: FieldOf) {
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

function FlagField(field: FieldOf) {
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

function Group({
  field,
  tools,
  children,
}: {
  field: FieldOf;
  tools?: ReactNode;
  children: ReactNode;
}) {
  const t = useText();
  const id = useId();
  const help = textOf(field.schema.description);
  const absent = field.value === undefined && !field.required;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid
    <div className="form-group" role="group" aria-labelledby={id}>
      <div className="form-group-head">
        <span id={id} className="field-label">
          {field.label}
          {field.required && (
            <span className="field-required" aria-hidden="true">
              {" "}
              *
            </span>
          )}
        </span>
        {tools}
        {!field.readOnly && !field.required && !absent && (
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={13} />}
            label={t("form.remove", { name: field.label })}
            onPress={() => field.onChange(undefined)}
          />
        )}
      </div>
      {help && <span className="field-help">{help}</span>}
      {field.error && <span className="field-error">{field.error}</span>}
      {absent ? <SetButton field={field} /> : <div className="form-inner">{children}</div>}
    </div>
  );
}

function SetButton({ field }: { field: FieldOf }) {
  const { root, readOnly } = useContext(Context);
  const t = useText();
  if (readOnly) return <span className="muted">{t("form.unset")}</span>;
  return (
    <div>
      <Button
        size="s"
        icon={<Plus size={13} />}
        onPress={() => field.onChange(startOf(field.schema, root))}
      >
        {t("form.set", { name: field.label })}
      </Button>
    </div>
  );
}

function variantLabel(variant: Schema, at: number): string {
  const title = textOf(variant.title);
  if (title) return title;
  for (const property of Object.values(objectOf(variant.properties))) {
    const fixed = objectOf(property).const;
    if (fixed !== undefined) return String(fixed);
  }
  return textOf(variant.type) ?? `${at + 1}`;
}

function VariantsField(field: FieldOf) {
  const { root } = useContext(Context);
  const t = useText();
  const variants = variantsOf(field.schema, root);
  const at = field.value === undefined ? 0 : variantFor(variants, field.value);
  const variant = variants[at];
  if (!variant) return <JsonField {...field} />;
  return (
    <Group field={field}>
      <Select
        label={t("form.variant")}
        hideLabel
        disabled={field.readOnly}
        value={String(at)}
        choices={variants.map((one, index) => ({
          value: String(index),
          label: variantLabel(one, index),
        }))}
        onChange={(index) => field.onChange(startOf(variants[Number(index)] ?? {}, root))}
      />
      {isObject(variant.properties) ? (
        <Members
          schema={withoutConstants(variant)}
          pointer={field.pointer}
          value={objectOf(field.value)}
          onChange={field.onChange}
        />
      ) : (
        <StandardField {...field} label={variantLabel(variant, at)} schema={variant} required />
      )}
    </Group>
  );
}

/** Their values are the variant's, chosen above. */
function withoutConstants(schema: Schema): Schema {
  const kept = Object.entries(objectOf(schema.properties)).filter(
    ([, property]) => objectOf(property).const === undefined,
  );
  return { ...schema, properties: Object.fromEntries(kept) };
}

function ListField(field: FieldOf) {
  const { root } = useContext(Context);
  const t = useText();
  const items = arrayOf(field.value);
  const schema = resolved(objectOf(field.schema.items), root);
  const set = (at: number, value: Json | undefined) => {
    const next = items.slice();
    if (value === undefined) next.splice(at, 1);
    else next[at] = value;
    field.onChange(next);
  };
  return (
    <Group field={field}>
      {items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the place is what an item of JSON is known by
        <div key={at} className="form-item">
          <Field
            property={{
              name: String(at),
              schema: { ...schema, title: `${field.label} ${at + 1}` },
              required: true,
            }}
            pointer={`${field.pointer}/${at}`}
            value={item}
            onChange={(value) => set(at, value)}
          />
          {!field.readOnly && (
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={13} />}
              label={t("form.remove", { name: `${field.label} ${at + 1}` })}
              onPress={() => set(at, undefined)}
            />
          )}
        </div>
      ))}
      {!field.readOnly && (
        <div>
          <Button
            size="s"
            icon={<Plus size={13} />}
            onPress={() => field.onChange([...items, startOf(schema, root)])}
          >
            {t("form.add")}
          </Button>
        </div>
      )}
    </Group>
  );
}

/** An object whose members have names of the user's choice. */
function TableField(field: FieldOf) {
  const { root } = useContext(Context);
  const t = useText();
  const [name, setName] = useState("");
  const value = objectOf(field.value);
  const schema = resolved(objectOf(field.schema.additionalProperties), root);
  const taken = name === "" || Object.hasOwn(value, name);
  const add = () => {
    if (taken) return;
    field.onChange({ ...value, [name]: startOf(schema, root) });
    setName("");
  };
  return (
    <Group field={field}>
      {Object.entries(value).map(([member, item]) => (
        <div key={member} className="form-item">
          <Field
            property={{ name: member, schema: { ...schema, title: member }, required: true }}
            pointer={`${field.pointer}/${member.replaceAll("~", "~0").replaceAll("/", "~1")}`}
            value={item}
            onChange={(next) => field.onChange(withMember(value, member, next))}
          />
          {!field.readOnly && (
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={13} />}
              label={t("form.remove", { name: member })}
              onPress={() => field.onChange(withMember(value, member, undefined))}
            />
          )}
        </div>
      ))}
      {!field.readOnly && (
        <div className="form-add">
          <input
            className="input"
            aria-label={t("form.newName")}
            placeholder={t("form.newName")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              add();
            }}
          />
          <Button size="s" icon={<Plus size={13} />} disabled={taken} onPress={add}>
            {t("form.add")}
          </Button>
        </div>
      )}
    </Group>
  );
}
