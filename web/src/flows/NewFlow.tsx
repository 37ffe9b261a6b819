// A new flow: from an empty canvas or from a template, with the answers that the template asks for.
import { useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { FLOW_ID, flowIdOf } from "./flows.ts";
import { type Answer, type Asked, answeredOf, askedOf, typed } from "./parameters.ts";

type Template = components["schemas"]["Template"];
const BLANK = "";

function About({ template }: { template: Template }) {
  const t = useText();
  return (
    <div className="template">
      {template.description && <p className="foreign">{template.description}</p>}
      <p className="row">
        <span className="muted">{t("run.steps", { count: template.steps ?? 0 })}</span>
        {template.connections?.map((one) => (
          <Chip key={one.name}>{one.connector ?? one.name}</Chip>
        ))}
      </p>
    </div>
  );
}

function Parameter(props: { asked: Asked; answer: Answer; onChange: (answer: Answer) => void }) {
  const t = useText();
  const { asked, answer, onChange } = props;
  if (typeof answer === "boolean")
    return (
      <Checkbox checked={answer} onChange={onChange}>
        {asked.name}
      </Checkbox>
    );
  const fits = typed(asked, answer) !== undefined;
  return (
    <TextField
      label={asked.name}
      mono={asked.kind === "number"}
      inputMode={asked.kind === "number" ? "decimal" : "text"}
      error={fits ? undefined : t("form.notNumber")}
      value={answer}
      onChange={onChange}
    />
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const t = useText();
  const [, go] = useLocation();
  const [chosen, setChosen] = useState(BLANK);
  const [name, setName] = useState("");
  const [id, setId] = useState<string | undefined>();
  const [answers, setAnswers] = useState<Record<string, Answer>>({});
  const [asking, error, ask] = useAsking();
  const templates = usePages(["templates"], (_, signal) =>
    got(client.GET("/templates", { signal })),
  );
  const template = templates.items.find((one) => one.template === chosen);
  // Others call a template by its own name, so that comes first.
  const own = id ?? template?.template ?? flowIdOf(name);
  const wrong = own !== "" && !FLOW_ID.test(own);
  const asked = askedOf(template);
  const answered = answeredOf(asked, answers);
  const make = async () => {
    const header = onceKey();
    if (template) {
      await got(
        client.POST("/templates/{template}/instantiate", {
          params: { path: { template: template.template }, header },
          body: {
            flow: own,
            name: name.trim(),
            ...(asked.length > 0 ? { parameters: answered as Record<string, never> } : {}),
          },
        }),
      );
    } else {
      await got(
        client.POST("/flows", { params: { header }, body: { flow: own, name: name.trim() } }),
      );
    }
    onClose();
    go(template ? `/flows/${own}/setup` : `/flows/${own}`);
  };
  const choose = (next: string) => {
    setChosen(next);
    setAnswers({});
    const title = templates.items.find((one) => one.template === next)?.name;
    if (title !== undefined && name === "") setName(title);
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (own !== "" && !wrong && answered && name.trim() !== "") ask(make);
      }}
    >
      {templates.items.length > 0 && (
        <Select
          label={t("flow.begin")}
          value={chosen}
          onChange={choose}
          choices={[
            { value: BLANK, label: t("flow.blank"), help: t("flow.blankHelp") },
            ...templates.items.map((one) => ({
              value: one.template,
              label: one.name,
              ...(one.systems ? { help: one.systems.join(", ") } : {}),
            })),
          ]}
        />
      )}
      {template && <About template={template} />}
      <TextField
        label={t("flow.name")}
        required
        autoFocus
        maxLength={200}
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("flow.id")}
        help={t("flow.idHelp")}
        required
        mono
        maxLength={64}
        error={wrong ? t("flow.idWrong") : undefined}
        value={own}
        onChange={setId}
      />
      {asked.map((one) => (
        <Parameter
          key={one.name}
          asked={one}
          answer={answers[one.name] ?? one.value}
          onChange={(value) => setAnswers({ ...answers, [one.name]: value })}
        />
      ))}
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={onClose}>{t("act.cancel")}</Button>
        <Button
          look="primary"
          type="submit"
          pending={asking}
          disabled={own === "" || wrong || !answered}
        >
          {t("flow.make")}
        </Button>
      </div>
    </form>
  );
}

export function NewFlow({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText();
  return (
    <Dialog title={t("flow.new")} open={open} onClose={onClose} closeLabel={t("act.close")}>
      <Form onClose={onClose} />
    </Dialog>
  );
}
