/* What a lookup table does beside its rows: a key that is missing, how keys are compared, days. */
import { useText } from "../i18n/text.tsx";
import {
  arrayOf,
  isObject,
  type Json,
  type JsonObject,
  textOf,
  withMember,
} from "../model/json.ts";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { ZoneField } from "../ui/ZoneField.tsx";
import { allTexts } from "./cells.ts";
import { JsonField } from "./JsonField.tsx";
import type { Sheet } from "./sheet.ts";

const POLICIES = ["error", "null", "default", "review"] as const;

export function SheetSettings({
  sheet,
  readOnly,
  put,
}: {
  sheet: Sheet;
  readOnly: boolean;
  put: (json: JsonObject, name: string) => void;
}) {
  const t = useText();
  const { json } = sheet;
  const set = (name: string, value: Json | undefined): void =>
    put(withMember(json, name, value), "settings");
  const { missing } = json;
  const policy = isObject(missing) ? "default" : (textOf(missing) ?? "error");
  const ignored = allTexts(arrayOf(json.ignore));
  const ignore = (what: string, on: boolean): void => {
    const next = on ? [...ignored, what] : ignored.filter((one) => one !== what);
    set("ignore", next.length === 0 ? undefined : next);
  };
  return (
    <div className="editor-form side-form">
      <Select
        label={t("rules.missing")}
        value={policy}
        disabled={readOnly}
        choices={POLICIES.map((one) => ({
          value: one,
          label: t(`rules.missing.${one}`),
          help: t(`rules.missing.${one}Help`),
        }))}
        onChange={(next) => set("missing", next === "default" ? { default: null } : next)}
      />
      {isObject(missing) && (
        <JsonField
          label={t("rules.missing.value")}
          value={missing.default}
          readOnly={readOnly}
          onChange={(value) => set("missing", { ...missing, default: value })}
          onLeave={() => undefined}
        />
      )}
      <fieldset className="rule-ticks">
        <legend className="field-label">{t("rules.ignore")}</legend>
        {(["case", "space"] as const).map((what) => (
          <Checkbox
            key={what}
            checked={ignored.includes(what)}
            disabled={readOnly}
            onChange={(on) => ignore(what, on)}
          >
            {t(`rules.ignore.${what}`)}
          </Checkbox>
        ))}
      </fieldset>
      {isObject(json.valid) && (
        <ZoneField
          label={t("rules.zone")}
          help={t("rules.zoneHelp")}
          readOnly={readOnly}
          value={textOf(json.valid.zone) ?? ""}
          onChange={(zone) =>
            set(
              "valid",
              withMember(json.valid as JsonObject, "zone", zone === "" ? undefined : zone),
            )
          }
        />
      )}
      <TextField
        label={t("rules.help")}
        multiline
        rows={3}
        readOnly={readOnly}
        value={textOf(json.help) ?? ""}
        onChange={(help) => set("help", help === "" ? undefined : help)}
      />
    </div>
  );
}
