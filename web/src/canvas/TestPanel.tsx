/* The last test: with which event, how it ended, and how each step did. */
import { useQuery } from "@tanstack/react-query";
import { FlaskConical, Play, Save } from "lucide-react";
import { useState } from "react";
import { client, exactBody, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { tell, tellProblem } from "../app/toasts.tsx";
import { span } from "../i18n/format.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { useSamples } from "../inspector/sample.ts";
import { keptAsked, loadSample } from "../inspector/turnSample.ts";
import { stepOf } from "../model/flow.ts";
import { isObject, type Json, JsonError, objectOf, parseJson, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { useEdited, useEditor } from "./context.tsx";
import { test } from "./testing.ts";

const OWN = "";

async function keepSample(flow: string, sample: string, input: Json): Promise<void> {
  await got(
    client.POST("/flows/{flow}/samples", {
      params: { path: { flow }, header: onceKey() },
      ...exactBody,
      body: { sample, input: input as never },
    }),
  );
}

/** The event as its text: pasted, or one that was kept, changed and kept anew. */
function EventDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const mayKeep = useCan("rules.write");
  const sample = useSamples((state) => state.chosen[flow]);
  const choose = useSamples((state) => state.choose);
  const now = objectOf(objectOf(sample?.context).trigger).body;
  const [text, setText] = useState(now === undefined ? "" : writeJson(now, 2, 70));
  const [name, setName] = useState("");
  const [fault, setFault] = useState<string>();
  const take = async (): Promise<void> => {
    try {
      const value = parseJson(text);
      const whole =
        isObject(value) && isObject(value.trigger) ? value : { trigger: { body: value } };
      if (name !== "") {
        await keepSample(flow, name, objectOf(whole.trigger).body ?? {});
        tell(t("canvas.test.kept", { name }));
      }
      choose(flow, { name: name === "" ? t("inspector.sample.pasted") : name, context: whole });
      onClose();
    } catch (error) {
      if (error instanceof JsonError) {
        setFault(error.message);
      } else {
        tellProblem(error);
      }
    }
  };
  return (
    <Dialog
      open
      title={t("canvas.test.event")}
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button look="primary" onPress={() => void take()} disabled={text.trim() === ""}>
            {t("inspector.sample.use")}
          </Button>
        </>
      }
    >
      <div className="editor-form">
        <TextField
          label={t("inspector.sample.text")}
          help={t("inspector.sample.help")}
          multiline
          mono
          rows={12}
          value={text}
          onChange={setText}
          error={fault}
        />
        <TextField
          label={t("canvas.test.keepAs")}
          help={mayKeep ? t("canvas.test.keepHelp") : t("may.not", { permission: "rules.write" })}
          readOnly={!mayKeep}
          value={name}
          onChange={(next) => setName(next.replace(/[^A-Za-z0-9_-]/g, "-"))}
          maxLength={64}
        />
      </div>
    </Dialog>
  );
}

function Chooser() {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const sample = useSamples((state) => state.chosen[flow]);
  const choose = useSamples((state) => state.choose);
  const [editing, setEditing] = useState(false);
  const kept = useQuery(keptAsked(flow));
  const names = kept.data ?? [];
  const choices = names.map((one) => ({ value: one, label: one }));
  if (sample === undefined || !names.includes(sample.name)) {
    choices.unshift({
      value: OWN,
      label: sample === undefined ? t("canvas.test.none") : sample.name || t("canvas.test.none"),
    });
  }
  return (
    <>
      <Select
        inline
        label={t("canvas.test.with")}
        value={sample !== undefined && names.includes(sample.name) ? sample.name : OWN}
        choices={choices}
        onChange={(name) => {
          if (name !== OWN) {
            loadSample(flow, name).then((loaded) => choose(flow, loaded), tellProblem);
          }
        }}
      />
      <Button size="s" look="quiet" icon={<Save size={13} />} onPress={() => setEditing(true)}>
        {t("canvas.test.edit")}
      </Button>
      {editing && (
        <EventDialog
          onClose={() => {
            setEditing(false);
            void kept.refetch();
          }}
        />
      )}
    </>
  );
}

function Steps() {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const tested = useEdited((state) => state.test);
  if (tested === undefined) {
    return <p className="bottom-none">{t("canvas.test.first")}</p>;
  }
  if (tested.problem !== undefined) {
    return <ErrorBox error={tested.problem} small />;
  }
  if (tested.status === "invalid") {
    return (
      <p className="bottom-none">
        {t("canvas.test.invalid")}{" "}
        <Button size="s" onPress={() => editor.setState({ panel: "problems" })}>
          {t("canvas.panel.problems")}
        </Button>
      </p>
    );
  }
  return (
    <ul className="bottom-list">
      {tested.steps.map((step) => (
        <li key={step.step}>
          <button type="button" className="bottom-row" onClick={() => editor.goTo(step.node, [])}>
            <span className="bottom-name foreign">
              {stepOf(draft, step.node)?.title ?? step.step}
              {step.step !== step.node && ` ${step.step.slice(0, step.step.lastIndexOf("/"))}`}
            </span>
            <span className={cx("bottom-state", `state-${step.state}`)}>
              {t(`canvas.state.${step.state}`)}
              {step.pinned && ` · ${t("canvas.test.pinned")}`}
            </span>
            <span className="bottom-text mono foreign">
              {step.error ??
                (step.output === undefined ? "" : writeJson(step.output).slice(0, 300))}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function TestPanel() {
  const editor = useEditor();
  const t = useText();
  const word = (status: string): string => {
    const id = `run.status.${status}`;
    return isTextKey(id) ? t(id) : status;
  };
  const tested = useEdited((state) => state.test);
  const focus = useEdited((state) => stepOf(state.draft, state.focus)?.id);
  return (
    <div className="test-panel">
      <div className="bottom-field">
        <Chooser />
        <span className="spacer" />
        {focus !== undefined && (
          <Button
            size="s"
            icon={<FlaskConical size={13} />}
            onPress={() => void test(editor, { until: focus })}
          >
            {t("canvas.test.until")}
          </Button>
        )}
        <Button
          size="s"
          look="primary"
          icon={<Play size={13} />}
          pending={tested?.busy}
          onPress={() => void test(editor)}
        >
          {t("canvas.test.all")}
        </Button>
      </div>
      {/* on a line of its own: the buttons stay under the hand that pressed them */}
      <p className="bottom-said muted" role="status">
        {tested?.busy === true && t("canvas.test.busy")}
        {tested?.status !== undefined &&
          tested.status !== "invalid" &&
          t("canvas.test.ended", { status: word(tested.status), ms: span(tested.ms ?? 0) })}
      </p>
      {tested?.error !== undefined && <p className="bottom-fault foreign">{tested.error}</p>}
      <Steps />
    </div>
  );
}
