/* About the step's type, and the step as it stands in the file. */
import { useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { listens, type NodeType } from "../model/catalog.ts";
import { setMember } from "../model/commands/edit.ts";
import { changeStep, type Step } from "../model/flow.ts";
import { isObject, JsonError, parseJson, textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { TextField } from "../ui/Field.tsx";
import { Receives } from "./Receives.tsx";

export function About({ step, type }: { step: Step; type: NodeType | undefined }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const notes = step.node.notes;
  return (
    <div className="about">
      {type !== undefined && (
        <>
          <p className="foreign">{type.help}</p>
          <dl className="about-list">
            <dt>{t("inspector.type")}</dt>
            <dd>
              <code>{type.name}</code>
            </dd>
            <dt>{t("inspector.id")}</dt>
            <dd>
              <code className="foreign">steps.{step.id}</code>
              {!readOnly && (
                <Button
                  size="s"
                  look="quiet"
                  onPress={() => editor.setState({ renaming: step.id })}
                >
                  {t("canvas.rename")}
                </Button>
              )}
            </dd>
          </dl>
          {listens(type) ? (
            <Receives step={step} />
          ) : (
            <>
              <h2>{t("inspector.example")}</h2>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
              <pre className="about-code foreign" tabIndex={0}>
                {writeJson(type.example, 2, 52)}
              </pre>
            </>
          )}
        </>
      )}
      {(notes === undefined || typeof notes === "string") && (
        <TextField
          label={t("inspector.notes")}
          multiline
          value={textOf(notes) ?? ""}
          readOnly={readOnly}
          onChange={(text) =>
            editor.run(
              setMember(
                editor.getState().draft,
                step.id,
                ["notes"],
                text === "" ? undefined : text,
              ),
            )
          }
          onBlur={editor.settle}
        />
      )}
    </div>
  );
}

/** The step's own JSON, without what is inside of it. */
export function Code({ step }: { step: Step }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const own = writeJson(step.node, 2, 60);
  const [typed, setTyped] = useState<string>();
  const [fault, setFault] = useState<string>();
  const apply = (text: string): void => {
    setTyped(text);
    try {
      const value = parseJson(text);
      if (!isObject(value) || value.id !== step.id) {
        setFault(t("inspector.code.id", { id: step.id }));
        return;
      }
      setFault(undefined);
      const draft = changeStep(editor.getState().draft, step.id, () => value);
      editor.run({
        name: "edit",
        label: { id: "canvas.did.edit", values: { name: step.title, field: "" } },
        coalesce: `code ${step.id}`,
        draft,
      });
    } catch (error) {
      setFault(error instanceof JsonError ? error.message : String(error));
    }
  };
  return (
    <TextField
      label={t("inspector.code")}
      multiline
      mono
      rows={24}
      readOnly={readOnly}
      value={typed ?? own}
      error={fault}
      onChange={apply}
      onBlur={() => {
        editor.settle();
        if (fault === undefined) {
          setTyped(undefined);
        }
      }}
    />
  );
}
