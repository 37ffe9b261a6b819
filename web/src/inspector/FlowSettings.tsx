/* The flow's own settings, when no step is chosen. The rows are those of `settings` in flow.json. */

import { useMemo } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { setFlowMember } from "../model/commands/edit.ts";
import { type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { TextField } from "../ui/Field.tsx";
import { NameField } from "../ui/NameField.tsx";
import { type FieldOf, SchemaForm } from "../ui/SchemaForm.tsx";
import { ExpressionField, type Seen } from "./ExpressionField.tsx";
import { placesOf, useSamples } from "./sample.ts";

const expression = { "x-weft-expression": true };
const duration = { type: "string", pattern: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$" };

function settingsSchema(t: ReturnType<typeof useText>): JsonObject {
  return {
    type: "object",
    properties: {
      dedupe: {
        ...expression,
        description: t("inspector.flow.dedupe"),
        examples: ["=trigger.body.transactionId"],
      },
      order_by: {
        ...expression,
        description: t("inspector.flow.orderBy"),
        examples: ["=trigger.body.customerId"],
      },
      concurrency: {
        type: "integer",
        minimum: 1,
        maximum: 20000,
        description: t("inspector.flow.concurrency"),
      },
      timeout: { ...duration, description: t("inspector.flow.timeout"), examples: ["10m"] },
      retention: { ...duration, description: t("inspector.flow.retention"), examples: ["400d"] },
      on_failure: {
        type: "string",
        description: t("inspector.flow.onFailure"),
        examples: ["notify-finance"],
      },
      failure: {
        enum: ["fast", "collect"],
        default: "fast",
        description: t("inspector.flow.failure"),
      },
      totals: {
        type: "array",
        description: t("inspector.flow.totals"),
        items: {
          type: "object",
          required: ["name", "left", "right"],
          properties: { name: { type: "string" }, left: expression, right: expression },
        },
      },
      money: {
        type: "object",
        description: t("inspector.flow.money"),
        properties: {
          amount: {
            ...expression,
            description: t("inspector.flow.money.amount"),
            examples: ["=trigger.body.amount"],
          },
          currency: {
            ...expression,
            description: t("inspector.flow.money.currency"),
            examples: ["USD"],
          },
          posted: {
            ...expression,
            description: t("inspector.flow.money.posted"),
            examples: ["=steps.post and steps.post.amount"],
          },
        },
      },
      budget: {
        type: "object",
        description: t("inspector.flow.budget"),
        properties: {
          instructions: {
            type: "integer",
            minimum: 10000,
            maximum: 500000000,
            description: t("inspector.flow.budget.instructions"),
          },
          time: { ...duration, description: t("inspector.flow.budget.time"), examples: ["1s"] },
          memory_mib: {
            type: "integer",
            minimum: 8,
            maximum: 128,
            description: t("inspector.flow.budget.memory"),
          },
        },
      },
    },
  };
}

/** Constants, and what people are asked of them: the names are those that there are. */
function askedSchema(t: ReturnType<typeof useText>, vars: JsonObject): JsonObject {
  const title = { type: "string", minLength: 1, maxLength: 200 };
  return {
    type: "object",
    properties: {
      vars: { title: t("inspector.flow.varsTitle"), description: t("inspector.flow.vars") },
      parameters: {
        type: "array",
        title: t("inspector.flow.parametersTitle"),
        description: t("inspector.flow.parameters"),
        items: {
          type: "object",
          required: ["name", "title"],
          properties: {
            name: {
              enum: Object.keys(vars),
              title: t("inspector.flow.parameter.name"),
              description: t("inspector.flow.parameter.nameHelp"),
            },
            title: { ...title, title: t("inspector.flow.parameter.title") },
            description: {
              type: "string",
              maxLength: 1000,
              title: t("inspector.flow.parameter.description"),
            },
            choices: {
              type: "array",
              title: t("inspector.flow.parameter.choices"),
              description: t("inspector.flow.parameter.choicesHelp"),
              items: {
                type: "object",
                required: ["value", "title"],
                properties: {
                  value: { title: t("inspector.flow.parameter.value") },
                  title: { ...title, title: t("inspector.flow.parameter.title") },
                },
              },
            },
          },
        },
      },
    },
  };
}

export function FlowSettings() {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const name = useEdited((state) => state.flow);
  const readOnly = useEdited((state) => state.readOnly);
  const sample = useSamples((state) => state.chosen[name]);
  const { flow } = draft;
  const seen = useMemo<Seen>(() => {
    const context = { ...objectOf(sample?.context), vars: objectOf(flow.vars) };
    return { flow: name, context, places: placesOf(context), onLeave: () => editor.settle() };
  }, [sample, flow.vars, name, editor]);
  const set = (path: string[], value: Json | undefined): void => {
    editor.run(setFlowMember(editor.getState().draft, path, value));
  };
  const schema = useMemo(() => settingsSchema(t), [t]);
  const asked = useMemo(() => askedSchema(t, objectOf(flow.vars)), [t, flow.vars]);
  const renderField = (field: FieldOf, standard: () => React.ReactNode) =>
    field.schema["x-weft-expression"] === true ? (
      <ExpressionField field={field} seen={seen} typed={false} />
    ) : (
      standard()
    );
  return (
    <div className="settings">
      <NameField
        label={t("inspector.flow.name")}
        required
        value={textOf(flow.name) ?? ""}
        readOnly={readOnly}
        onChange={(text) => set(["name"], text)}
        onBlur={editor.settle}
      />
      <TextField
        label={t("inspector.flow.description")}
        multiline
        value={textOf(flow.description) ?? ""}
        readOnly={readOnly}
        onChange={(text) => set(["description"], text === "" ? undefined : text)}
        onBlur={editor.settle}
      />
      <SchemaForm
        schema={schema}
        value={objectOf(flow.settings)}
        readOnly={readOnly}
        renderField={renderField}
        onChange={(next) =>
          set(["settings"], Object.keys(objectOf(next)).length === 0 ? undefined : next)
        }
      />
      <SchemaForm
        schema={asked}
        value={{
          ...(flow.vars === undefined ? {} : { vars: flow.vars }),
          ...(flow.parameters === undefined ? {} : { parameters: flow.parameters }),
        }}
        readOnly={readOnly}
        onChange={(next) => {
          for (const member of ["vars", "parameters"]) {
            const own = objectOf(next)[member];
            if (own !== flow[member]) set([member], own);
          }
        }}
      />
    </div>
  );
}
