// A rule made or changed: what is looked at, from where on it is wrong, who is told.
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { NAME, nameFor } from "../app/names.ts";
import { useDone } from "../app/ReasonForm.tsx";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { useKept } from "../app/useKept.ts";
import { useText } from "../i18n/text.tsx";
import { Checkbox, Select, Switch, TextField } from "../ui/Field.tsx";
import { type AlertRule, SEVERITIES, wordOf } from "./alerts.ts";
import { TitleAndName } from "./kept.tsx";
import { RuleLimits } from "./RuleLimits.tsx";
import { DueFields, QuietFields } from "./RuleTimes.tsx";
import { bodyOf, formOf, KINDS, type Kind, type RuleForm, wrongIn } from "./ruleForm.ts";
import { useRuleChoices } from "./useRuleChoices.ts";

type Change = (change: Partial<RuleForm>) => void;

function Where({ form, onChange, wrong }: { form: RuleForm; onChange: Change; wrong: boolean }) {
  const t = useText();
  const { flows, environments } = useRuleChoices();
  return (
    <div className="form-grid">
      <Select
        label={t("flow.flow")}
        value={form.flow}
        error={wrong ? t("alertRule.flowNeeded") : undefined}
        onChange={(flow) => onChange({ flow })}
        choices={[{ value: "", label: t("run.anyFlow") }, ...flows]}
      />
      <Select
        label={t("run.environment")}
        value={form.environment}
        onChange={(environment) => onChange({ environment })}
        choices={[{ value: "", label: t("run.anyEnvironment") }, ...environments]}
      />
    </div>
  );
}

function Telling({
  form,
  onChange,
  wrong,
}: {
  form: RuleForm;
  onChange: Change;
  wrong: ReadonlySet<keyof RuleForm>;
}) {
  const t = useText();
  const { channels } = useRuleChoices();
  const minutes = (name: "lasts" | "repeat") => (
    <TextField
      label={t(`alertRule.${name}`)}
      help={t(`alertRule.${name}Help`)}
      inputMode="decimal"
      required
      value={form[name]}
      error={wrong.has(name) ? t("alertRule.numberWrong") : undefined}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  return (
    <>
      <div className="form-grid">
        {minutes("lasts")}
        {minutes("repeat")}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row */}
      <div role="group" aria-label={t("channel.channels")} className="stack">
        <span className="field-label">{t("channel.channels")}</span>
        {channels.length === 0 && <p className="muted">{t("alertRule.noChannels")}</p>}
        <div className="row">
          {channels.map((one) => (
            <Checkbox
              key={one.value}
              checked={form.channels.includes(one.value)}
              onChange={(on) =>
                onChange({
                  channels: on
                    ? [...form.channels, one.value]
                    : form.channels.filter((name) => name !== one.value),
                })
              }
            >
              <span className="foreign">{one.label}</span>
            </Checkbox>
          ))}
        </div>
      </div>
      <QuietFields quiet={form.quiet} onChange={(quiet) => onChange({ quiet })} />
      <TextField
        label={t("alertRule.note")}
        help={t("alertRule.noteHelp")}
        multiline
        rows={2}
        maxLength={2000}
        value={form.note}
        onChange={(note) => onChange({ note })}
      />
    </>
  );
}

function Head({ form, onChange }: { form: RuleForm; onChange: Change }) {
  const t = useText();
  return (
    <div className="form-grid">
      <Select
        label={t("alertRule.kind")}
        value={form.kind}
        onChange={(kind) => onChange({ kind: kind as Kind })}
        choices={KINDS.map((kind) => ({ value: kind, label: t(`alertRule.kind.${kind}`) }))}
      />
      <Select
        label={t("alert.severity")}
        value={form.severity}
        onChange={(severity) => onChange({ severity })}
        choices={SEVERITIES.map((one) => ({ value: one, label: wordOf(t, "alert.severity", one) }))}
      />
    </div>
  );
}

export function RuleDialog(props: { rule: AlertRule | undefined; onClose: () => void }) {
  const t = useText();
  const { onClose } = props;
  const done = useDone(onClose);
  const {
    kept: rule,
    form,
    setForm,
    anew,
  } = useKept(props.rule, formOf, (one) =>
    got(client.GET("/alert-rules/{rule}", { params: { path: { rule: one.rule } } })),
  );
  const [name, setName] = useState<string>();
  const { connections } = useRuleChoices();
  const change: Change = (next) => setForm({ ...form, ...next });
  const wrong = wrongIn(form);
  const id = rule?.rule ?? name ?? nameFor(form.title);
  const save = async () => {
    const header = rule ? { "If-Match": `"${rule.revision}"` } : {};
    await got(
      client.PUT("/alert-rules/{rule}", {
        params: { path: { rule: id } },
        headers: header,
        body: bodyOf(form),
      }),
    );
    await done(t("alertRule.kept"));
  };
  return (
    <SaveDialog
      title={rule ? t("alertRule.change", { name: rule.title ?? rule.rule }) : t("alertRule.new")}
      size="l"
      ready={NAME.test(id) && wrong.size === 0}
      onSave={save}
      onAnew={anew}
      onClose={onClose}
    >
      <TitleAndName
        label={t("alertRule.title")}
        help={t("alertRule.titleHelp")}
        title={form.title}
        onTitle={(title) => change({ title })}
        name={id}
        onName={rule ? undefined : setName}
      />
      <Head form={form} onChange={change} />
      <p className="muted">{t(`alertRule.lead.${form.kind}`)}</p>
      <RuleLimits form={form} wrong={wrong} connections={connections} onChange={change} />
      {form.kind === "missing" && <DueFields due={form.due} onChange={(due) => change({ due })} />}
      <Where form={form} wrong={wrong.has("flow")} onChange={change} />
      <Telling form={form} wrong={wrong} onChange={change} />
      <Switch checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        {t("alertRule.enabled")}
      </Switch>
    </SaveDialog>
  );
}
