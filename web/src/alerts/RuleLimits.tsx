// What a rule looks at, and from where on it is wrong: the fields of its kind.
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import { type Choice, Select, TextField } from "../ui/Field.tsx";
import { fieldsOf, type RuleForm } from "./ruleForm.ts";

const METRICS = [
  "runs.failed",
  "runs.started",
  "runs.succeeded",
  "runs.cancelled",
  "runs.waiting",
  "events.duplicate",
  "events.refused",
] as const;
const AGES = ["exception", "waiting", "queue", "poll"] as const;

interface LimitsProps {
  form: RuleForm;
  wrong: ReadonlySet<keyof RuleForm>;
  connections: readonly Choice[];
  onChange: (change: Partial<RuleForm>) => void;
}

function Of({ form, connections, onChange }: LimitsProps) {
  const t = useText();
  switch (form.kind) {
    case "count":
      return (
        <>
          <Select
            label={t("alertRule.metric")}
            value={form.metric}
            onChange={(metric) => onChange({ metric })}
            choices={METRICS.map((one) => ({ value: one, label: t(`alertRule.metric.${one}`) }))}
          />
          <Select
            label={t("alertRule.side")}
            value={form.side}
            onChange={(side) => onChange({ side: side as RuleForm["side"] })}
            choices={(["above", "below"] as const).map((one) => ({
              value: one,
              label: t(`alertRule.side.${one}`),
            }))}
          />
        </>
      );
    case "age":
      return (
        <Select
          label={t("alertRule.of")}
          value={form.of}
          onChange={(of) => onChange({ of })}
          choices={AGES.map((one) => ({ value: one, label: t(`alertRule.of.${one}`) }))}
        />
      );
    case "latency":
      return (
        <Select
          label={t("alertRule.percentile")}
          value={form.percentile}
          onChange={(percentile) => onChange({ percentile })}
          choices={["50", "95", "99"].map((one) => ({
            value: one,
            label: t("alertRule.percentileOf", { percent: one }),
          }))}
        />
      );
    case "connection":
    case "certificate":
      return (
        <Select
          label={t("connection.connection")}
          value={form.connection}
          onChange={(connection) => onChange({ connection })}
          choices={[{ value: "", label: t("alertRule.anyConnection") }, ...connections]}
        />
      );
    default:
      return null;
  }
}

export function RuleLimits(props: LimitsProps): ReactNode {
  const t = useText();
  const { form, wrong, onChange } = props;
  const has = fieldsOf(form.kind);
  const error = (name: keyof RuleForm) =>
    wrong.has(name) ? t("alertRule.numberWrong") : undefined;
  const field = (name: "limit" | "clear" | "least" | "window", help?: string) => (
    <TextField
      label={
        name === "limit" || name === "clear"
          ? t(`alertRule.${name}.${form.kind}`)
          : t(`alertRule.${name}`)
      }
      {...(help === undefined ? {} : { help })}
      inputMode="decimal"
      required={(name === "limit" && form.kind !== "totals") || name === "window"}
      value={form[name]}
      error={error(name)}
      onChange={(value) => onChange({ [name]: value })}
    />
  );
  if (form.kind === "missing") return null;
  return (
    <div className="form-grid">
      <Of {...props} />
      {has.limit && field("limit")}
      {has.limit && field("clear", t("alertRule.clearHelp"))}
      {has.least && field("least", t("alertRule.leastHelp"))}
      {has.window && field("window")}
    </div>
  );
}
