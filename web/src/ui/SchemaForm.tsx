// A form from a JSON Schema. Optional members that are not set wait under "More"; whoever places
// the form may draw fields of his own (expressions, secrets) with `renderField`.
import { ChevronRight, TriangleAlert } from "lucide-react";
import { type ReactNode, useContext, useState } from "react";
import {
  fieldKind,
  labelOf,
  type Property,
  propertiesOf,
  resolved,
  type Schema,
} from "../data/schema.ts";
import { useText } from "../i18n/text.tsx";
import { type Json, type JsonObject, objectOf, withMember } from "../model/json.ts";
import { ChoiceField, FlagField, JsonField, NumberField, PlainTextField } from "./SchemaLeaf.tsx";
import { Group, ListField, TableField, VariantsField } from "./SchemaNested.tsx";
import { Context, type FieldOf, type FormContext } from "./schemaContext.ts";

export type { FieldOf } from "./schemaContext.ts";

export interface SchemaFormProps {
  schema: Schema;
  value: Json | undefined;
  onChange: (value: Json) => void;
  /** By the pointers of their fields. */
  faults?: ReadonlyMap<string, string>;
  warnings?: ReadonlyMap<string, string>;
  readOnly?: boolean;
  /** Draws a field in another way, or calls `standard` for the usual one. */
  renderField?: (field: FieldOf, standard: () => ReactNode) => ReactNode;
}

const none: ReadonlyMap<string, string> = new Map();

export function SchemaForm(props: SchemaFormProps) {
  const context: FormContext = {
    root: props.schema,
    faults: props.faults ?? none,
    warnings: props.warnings ?? none,
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

/** What nearly everyone sets is never folded. */
const isMain = (schema: Schema): boolean => schema["x-weft-main"] === true;

/** The members of an object; those that are optional and not set are folded, behind the others. */
export function Members({ schema, pointer, value, onChange }: NodeProps<JsonObject>) {
  const { root, faults, warnings } = useContext(Context);
  const t = useText();
  const [more, setMore] = useState(false);
  const all = propertiesOf(schema, root);
  const [first] = useState(
    () =>
      new Set(
        all
          .filter((one) => one.required || isMain(one.schema) || value[one.name] !== undefined)
          .map((one) => one.name),
      ),
  );
  // What has come into view stays: a field does not go from under the hand when its fault does.
  for (const one of more ? [] : all) {
    const at = `${pointer}/${one.name}`;
    if (faults.has(at) || warnings.has(at)) first.add(one.name);
  }
  const isFirst = (one: Property) => first.has(one.name);
  // A few fields are not worth a fold.
  const folds = all.length > 5 && all.some((one) => !isFirst(one));
  const hidden = folds ? all.filter((one) => !isFirst(one)) : [];
  const field = (property: Property) => (
    <Field
      key={property.name}
      property={property}
      pointer={`${pointer}/${property.name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
      value={Object.hasOwn(value, property.name) ? value[property.name] : undefined}
      onChange={(next) => onChange(withMember(value, property.name, next))}
    />
  );

  return (
    <>
      {(folds ? all.filter(isFirst) : all).map(field)}
      {folds && (
        <button
          type="button"
          className="form-more"
          aria-expanded={more}
          onClick={() => setMore(!more)}
        >
          <ChevronRight size={13} aria-hidden="true" className={more ? "turned" : undefined} />
          {more ? t("form.less") : t("form.more", { count: hidden.length })}
          {!more && (
            <span className="form-more-names foreign" aria-hidden="true">
              {hidden.map((one) => labelOf(one.name, one.schema)).join(", ")}
            </span>
          )}
        </button>
      )}
      {more && hidden.map(field)}
    </>
  );
}

export function Field(props: {
  property: Property;
  pointer: string;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
}) {
  const { faults, warnings, renderField, readOnly } = useContext(Context);
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
  const warning = warnings.get(pointer);
  return (
    <>
      {renderField ? renderField(field, standard) : standard()}
      {warning !== undefined && (
        <p className="field-warning">
          <TriangleAlert size={13} aria-hidden="true" />
          <span>{warning}</span>
        </p>
      )}
    </>
  );
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
