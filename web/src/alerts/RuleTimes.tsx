// When an event is due, and when nobody is woken.
import { Plus, Trash2 } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Checkbox, TextField } from "../ui/Field.tsx";
import { ZoneField } from "../ui/ZoneField.tsx";
import { DAYS, type Day, ownZone, type QuietForm, type RuleForm } from "./ruleForm.ts";

function Days(props: { label: string; days: Day[]; onChange: (days: Day[]) => void }) {
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in a row
    <div role="group" aria-label={props.label} className="row">
      {DAYS.map((day) => (
        <Checkbox
          key={day}
          checked={props.days.includes(day)}
          onChange={(on) =>
            props.onChange(DAYS.filter((one) => (one === day ? on : props.days.includes(one))))
          }
        >
          {t(`alertRule.day.${day}`)}
        </Checkbox>
      ))}
    </div>
  );
}

export function DueFields(props: {
  due: RuleForm["due"];
  onChange: (due: RuleForm["due"]) => void;
}) {
  const t = useText();
  const { due, onChange } = props;
  const set = (change: Partial<RuleForm["due"]>) => onChange({ ...due, ...change });
  return (
    <div className="stack">
      <div className="form-grid">
        <TextField
          label={t("alertRule.dueTime")}
          type="time"
          required
          value={due.time}
          onChange={(time) => set({ time })}
        />
        <TextField
          label={t("alertRule.dueSince")}
          help={t("alertRule.dueSinceHelp")}
          type="time"
          value={due.since}
          onChange={(since) => set({ since })}
        />
        <ZoneField
          label={t("alertRule.zone")}
          required
          value={due.zone}
          onChange={(zone) => set({ zone })}
        />
        <TextField
          label={t("alertRule.trigger")}
          help={t("alertRule.triggerHelp")}
          mono
          value={due.trigger}
          onChange={(trigger) => set({ trigger })}
        />
      </div>
      <span className="field-label">{t("alertRule.days")}</span>
      <Days label={t("alertRule.days")} days={due.days} onChange={(days) => set({ days })} />
      <TextField
        label={t("alertRule.except")}
        help={t("alertRule.exceptHelp")}
        mono
        value={due.except}
        onChange={(except) => set({ except })}
      />
      <Checkbox checked={due.succeeded} onChange={(succeeded) => set({ succeeded })}>
        {t("alertRule.succeeded")}
      </Checkbox>
    </div>
  );
}

export function QuietFields(props: { quiet: QuietForm[]; onChange: (quiet: QuietForm[]) => void }) {
  const t = useText();
  const { quiet, onChange } = props;
  const change = (at: number, next: Partial<QuietForm>) =>
    onChange(quiet.map((one, i) => (i === at ? { ...one, ...next } : one)));
  return (
    <div className="stack">
      <span className="field-label">{t("alertRule.quiet")}</span>
      {quiet.map((one, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a window is known by its place alone
        <div key={i} className="quiet-window">
          <div className="form-grid">
            <TextField
              label={t("alertRule.quietFrom")}
              type="time"
              value={one.from}
              onChange={(from) => change(i, { from })}
            />
            <TextField
              label={t("alertRule.quietTo")}
              type="time"
              value={one.to}
              onChange={(to) => change(i, { to })}
            />
            <ZoneField
              label={t("alertRule.zone")}
              value={one.zone}
              onChange={(zone) => change(i, { zone })}
            />
          </div>
          <div className="row">
            <Days
              label={t("alertRule.days")}
              days={one.days}
              onChange={(days) => change(i, { days })}
            />
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={14} />}
              label={t("alertRule.quietRemove")}
              onPress={() => onChange(quiet.filter((_, at) => at !== i))}
            />
          </div>
        </div>
      ))}
      <div>
        <Button
          size="s"
          icon={<Plus size={14} />}
          onPress={() =>
            onChange([...quiet, { from: "22:00", to: "06:00", zone: ownZone(), days: [] }])
          }
        >
          {t("alertRule.quietAdd")}
        </Button>
      </div>
    </div>
  );
}
