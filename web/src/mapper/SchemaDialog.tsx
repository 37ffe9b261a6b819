/* What the mapping is made for: a schema that is written here, a file of the flow, or what a sample of
 * the target is like. */
import { useMemo, useState } from "react";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { useKnown } from "../inspector/useKnown.ts";
import { indexOf } from "../model/flow.ts";
import { isObject, type Json, JsonError, objectOf, parseJson, withMember } from "../model/json.ts";
import { takenBy } from "../model/outputs.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { useMapping } from "./mapping.tsx";
import { inferSchema } from "./server.ts";

const NONE = "";

interface InputOf {
  readonly value: string;
  readonly label: string;
  readonly schema: Json /* what is stored: an action by its name, else the schema itself */;
}

/** Inputs that there are: of the steps of this flow, then of all actions. */
function useInputs(own: string | undefined): InputOf[] {
  const t = useText();
  const known = useKnown();
  return useMemo(() => {
    const steps = [...indexOf(known.draft).steps.values()].flatMap((step): InputOf[] => {
      const schema = takenBy(known, step);
      const named = step.type !== "branch.call";
      return schema === undefined || step.type === own
        ? []
        : [
            {
              value: `step ${step.id}`,
              label: t("mapper.schema.ofStep", { name: step.title }),
              schema: named ? step.type : schema,
            },
          ];
    });
    const actions = known.catalog.types.flatMap((type): InputOf[] =>
      type.kind === "connector" && isObject(type.action?.input)
        ? [{ value: type.name, label: type.title, schema: type.name }]
        : [],
    );
    return [...steps, ...actions.sort((a, b) => a.label.localeCompare(b.label))];
  }, [known, own, t]);
}

export function SchemaDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const { aim, config, change, readOnly } = useMapping();
  const files = useEdited((state) => state.draft.schemas);
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const [error, setError] = useState<unknown>();
  const inputs = useInputs(aim.action);
  const put = (schema: Parameters<typeof withMember>[2]): void => {
    change("schema", {}, { config: withMember(config, "schema", schema) });
    onClose();
  };
  const take = async (sample: boolean): Promise<void> => {
    try {
      const value = parseJson(text);
      put(sample ? await inferSchema([value]) : isObject(value) ? value : {});
    } catch (cause) {
      if (cause instanceof JsonError) {
        setFault(cause.message);
      } else {
        setError(cause);
      }
    }
  };
  return (
    <Dialog
      title={t("mapper.schema")}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          {config.schema !== undefined && (
            <Button look="quiet" disabled={readOnly} onPress={() => put(undefined)}>
              {t("mapper.schema.none")}
            </Button>
          )}
          <span className="spacer" />
          <Button disabled={readOnly || text.trim() === ""} onPress={() => void take(false)}>
            {t("mapper.schema.asSchema")}
          </Button>
          <Button
            look="primary"
            disabled={readOnly || text.trim() === ""}
            onPress={() => void take(true)}
          >
            {t("mapper.schema.asSample")}
          </Button>
        </>
      }
    >
      <p>{t(`mapper.aimText.${aim.from}`, { name: aim.name })}</p>
      {aim.from === "next" && (
        <Button disabled={readOnly} onPress={() => put(aim.action ?? aim.schema)}>
          {t("mapper.schema.keep")}
        </Button>
      )}
      <Select
        label={t("mapper.schema.input")}
        help={t("mapper.schema.inputHelp")}
        value={aim.from === "action" ? aim.action : NONE}
        placeholder={t("mapper.schema.choose")}
        disabled={readOnly}
        choices={inputs.map(({ value, label }) => ({ value, label }))}
        onChange={(value) => put(inputs.find((one) => one.value === value)?.schema)}
      />
      {Object.keys(objectOf(files)).length > 0 && (
        <Select
          label={t("mapper.schema.file")}
          value={aim.from === "file" ? aim.name : NONE}
          disabled={readOnly}
          choices={Object.keys(objectOf(files)).map((name) => ({ value: name, label: name }))}
          onChange={put}
        />
      )}
      <TextField
        label={t("mapper.schema.text")}
        help={t("mapper.schema.help")}
        multiline
        mono
        rows={10}
        value={text}
        onChange={(next) => {
          setText(next);
          setFault(undefined);
        }}
        error={fault}
        readOnly={readOnly}
      />
      {error !== undefined && <ErrorBox error={error} small />}
    </Dialog>
  );
}
