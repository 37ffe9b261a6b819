// The fields of a schema's form that hold others: groups, variants, lists, tables of names.
import { Plus, Trash2 } from "lucide-react";
import { type ReactNode, useContext, useEffect, useId, useRef, useState } from "react";
import { resolved, type Schema, startOf, variantFor, variantsOf } from "../data/schema.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, isObject, type Json, objectOf, textOf, withMember } from "../model/json.ts";
import { Button } from "./Button.tsx";
import { Select } from "./Field.tsx";
import { Field, Members, StandardField } from "./SchemaForm.tsx";
import { JsonField } from "./SchemaLeaf.tsx";
import { Context, type FieldOf } from "./schemaContext.ts";

export function Group({
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

export function VariantsField(field: FieldOf) {
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

const FIELDS = "input, textarea, .code-text, .select-button";

export function ListField(field: FieldOf) {
  const { root } = useContext(Context);
  const t = useText();
  const items = arrayOf(field.value);
  const added = useRef<HTMLDivElement>(null);
  const isNew = useRef(false);
  const schema = resolved(objectOf(field.schema.items), root);
  /* who adds one goes on in it */
  // biome-ignore lint/correctness/useExhaustiveDependencies: one more is what it waits for
  useEffect(() => {
    if (isNew.current) added.current?.querySelector<HTMLElement>(FIELDS)?.focus();
    isNew.current = false;
  }, [items.length]);
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
        <div key={at} className="form-item" {...(at === items.length - 1 ? { ref: added } : {})}>
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
            onPress={() => {
              isNew.current = true;
              field.onChange([...items, startOf(schema, root)]);
            }}
          >
            {t("form.add")}
          </Button>
        </div>
      )}
    </Group>
  );
}

/** An object whose members have names of the user's choice. */
export function TableField(field: FieldOf) {
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
