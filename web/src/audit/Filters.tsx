// By what records are looked for: who, what, which object, when.
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { type Choice, SearchField, Select, TextField } from "../ui/Field.tsx";
import { type Filters, PERIODS } from "./audit.ts";

/** Acts that people look for; a dot at the end stands for all that begin so. */
const ACTS = [
  "session.",
  "user.",
  "token.",
  "setting.change",
  "draft.",
  "flow.",
  "deploy",
  "environment.",
  "run.start",
  "replay",
  "cancel",
  "decide",
  "payload.reveal",
  "vault.",
  "connection.",
  "halt",
  "resume",
  "authorize",
  "alert.",
  "alert_rule.",
  "channel.",
  "backup",
  "audit.",
  "start",
  "clock",
] as const;

export function actChoices(t: Translate, now: string): Choice[] {
  const known: Choice[] = ACTS.map((name) => {
    const key = `audit.act.${name}`;
    return { value: name, label: isTextKey(key) ? t(key) : name };
  });
  // What an address asks for need not be among them.
  if (now !== "" && !known.some((one) => one.value === now)) known.push({ value: now, label: now });
  return [{ value: "", label: t("audit.anyAct") }, ...known];
}

export function FilterBar(props: {
  filters: Filters;
  onChange: (name: keyof Filters, value: string) => void;
}) {
  const t = useText();
  const { filters, onChange } = props;
  return (
    <div className="filters">
      <SearchField
        label={t("audit.findBy")}
        value={filters.by}
        onChange={(value) => onChange("by", value)}
      />
      <SearchField
        label={t("audit.findObject")}
        value={filters.object}
        onChange={(value) => onChange("object", value)}
      />
      <SearchField
        label={t("audit.findFlow")}
        value={filters.flow}
        onChange={(value) => onChange("flow", value)}
      />
      <Select
        inline
        hideLabel
        label={t("audit.what")}
        value={filters.what}
        onChange={(value) => onChange("what", value)}
        choices={actChoices(t, filters.what)}
      />
      <Select
        inline
        hideLabel
        label={t("run.period")}
        value={filters.period}
        onChange={(value) => onChange("period", value)}
        choices={[
          { value: "", label: t("run.anyTime") },
          ...PERIODS.map((name) => ({
            value: name,
            label: name === "between" ? t("audit.between") : t(`run.period.${name}`),
          })),
        ]}
      />
      {filters.period === "between" &&
        (["from", "to"] as const).map((name) => (
          <TextField
            key={name}
            className="field-inline"
            type="date"
            label={t(`audit.${name}`)}
            value={filters[name]}
            onChange={(value) => onChange(name, value)}
          />
        ))}
    </div>
  );
}
