/* Beside the settings, when the inspector is wide: what the step sees, and what it gave. */
import { ClipboardPaste, Trash2 } from "lucide-react";
import { useState } from "react";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { NodeType } from "../model/catalog.ts";
import type { Step } from "../model/flow.ts";
import { isObject, JsonError, objectOf, parseJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { PinButton, usePinned } from "./Pin.tsx";
import { member, type Sample, useSamples } from "./sample.ts";
import { UnreadNote } from "./UnreadNote.tsx";
import { useContextOf, useOutputOf, useRunsOf } from "./useSeen.ts";

const OTHER = "";

/** The path of a place in the data, as an expression says it. */
function asExpression(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part + 1}]` : text === "" ? part : member(text, part),
    "",
  );
}

function Paste({ flow, onDone }: { flow: string; onDone: () => void }) {
  const t = useText();
  const choose = useSamples((state) => state.choose);
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  const take = (): void => {
    try {
      const value = parseJson(text);
      const whole =
        isObject(value) && isObject(value.trigger) ? value : { trigger: { body: value } };
      choose(flow, { name: t("inspector.sample.pasted"), context: whole });
      onDone();
    } catch (error) {
      setFault(error instanceof JsonError ? error.message : String(error));
    }
  };
  return (
    <div className="sample-paste">
      <TextField
        label={t("inspector.sample.text")}
        help={t("inspector.sample.help")}
        multiline
        mono
        rows={8}
        value={text}
        onChange={setText}
        error={fault}
      />
      <Button look="primary" onPress={take} disabled={text.trim() === ""}>
        {t("inspector.sample.use")}
      </Button>
    </div>
  );
}

export function Input({ step }: { step: Step }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const chosen = useSamples((state) => state.chosen[flow]);
  const { context, sample, unread } = useContextOf(step.id);
  const choose = useSamples((state) => state.choose);
  const [pasting, setPasting] = useState(false);
  const [copied, setCopied] = useState("");
  const empty = sample === undefined && Object.keys(objectOf(context.steps)).length === 0;
  return (
    <section className="data-side" aria-label={t("inspector.input")}>
      <header className="data-side-head">
        <h2>{t("inspector.input")}</h2>
        <RunChoice flow={flow} sample={sample} />
        <Button
          size="s"
          look="quiet"
          icon={<ClipboardPaste size={14} />}
          label={t("inspector.sample.paste")}
          onPress={() => setPasting(!pasting)}
        />
        {chosen !== undefined && (
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={14} />}
            label={t("inspector.sample.forget")}
            onPress={() => choose(flow, undefined)}
          />
        )}
      </header>
      {pasting && <Paste flow={flow} onDone={() => setPasting(false)} />}
      {unread && <UnreadNote {...unread} />}
      {empty && !pasting ? (
        <Empty
          title={t("inspector.sample.none")}
          acts={
            <Button icon={<ClipboardPaste size={14} />} onPress={() => setPasting(true)}>
              {t("inspector.sample.paste")}
            </Button>
          }
        >
          {t("inspector.sample.noneText")}
        </Empty>
      ) : (
        <ValuePane
          label={t("inspector.input")}
          value={context}
          maxRows={24}
          onPath={(path) => {
            const expression = asExpression(path);
            setCopied(expression);
            void navigator.clipboard?.writeText(expression).catch(() => undefined);
          }}
        />
      )}
      <p className="data-side-note foreign" role="status">
        {copied !== "" && t("inspector.copied", { path: copied })}
      </p>
    </section>
  );
}

export function Output({ step, type }: { step: Step; type: NodeType | undefined }) {
  const t = useText();
  const { value: given, own } = useOutputOf(step, type);
  const pinned = usePinned(step.id);
  const value = pinned ?? given;
  return (
    <section className="data-side" aria-label={t("inspector.output")}>
      <header className="data-side-head">
        <h2>{t("inspector.output")}</h2>
        <span className="muted">
          {pinned !== undefined && t("inspector.pinned")}
          {pinned === undefined && !own && value !== undefined && t("inspector.sample.examples")}
        </span>
        <PinButton step={step.id} value={given} />
      </header>
      {value === undefined ? (
        <Empty title={t("inspector.output.none")}>{t("inspector.output.noneText")}</Empty>
      ) : (
        <ValuePane label={t("inspector.output")} value={value} maxRows={24} />
      )}
    </section>
  );
}

/** Which run's values are shown; what was pasted or tested stands beside them. A run is called by its
 * key and its time, also when nobody has chosen it. */
function RunChoice({ flow, sample }: { flow: string; sample: Sample | undefined }) {
  const t = useText();
  const choose = useSamples((state) => state.choose);
  const runs = useRunsOf(flow);
  const own = runs.some((run) => run.value === sample?.run) ? (sample?.run ?? OTHER) : OTHER;
  const name = sample?.name || t("inspector.sample.examples");
  return (
    <Select
      className="data-choice"
      label={t("inspector.sample.from")}
      hideLabel
      value={own}
      choices={own === OTHER ? [{ value: OTHER, label: name }, ...runs] : runs}
      onChange={(run) =>
        run === OTHER ? undefined : choose(flow, { name: run, run, context: {} })
      }
    />
  );
}
