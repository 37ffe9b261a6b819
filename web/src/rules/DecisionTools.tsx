/* Above a decision table: which rows count, what else, and new rows and columns. */
import { Plus } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Select, Switch } from "../ui/Field.tsx";
import * as edit from "./decision.ts";

export function DecisionTools({
  table,
  readOnly,
  put,
}: {
  table: edit.Decision;
  readOnly: boolean;
  put: (json: JsonObject, name: string) => void;
}) {
  const t = useText();
  const fresh = (stem: string, names: readonly string[]): string => {
    let number = names.length + 1;
    while (names.includes(`${stem}${number}`)) {
      number++;
    }
    return `${stem}${number}`;
  };
  return (
    <div className="grid-tools">
      <Select
        inline
        label={t("rules.hit")}
        value={table.hit}
        disabled={readOnly}
        choices={(["first", "unique", "all"] as const).map((hit) => ({
          value: hit,
          label: t(`rules.hit.${hit}`),
          help: t(`rules.hit.${hit}Help`),
        }))}
        onChange={(hit) => put(edit.setHit(table, hit as edit.Hit), "hit")}
      />
      <Switch
        checked={table.otherwise !== undefined}
        disabled={readOnly}
        onChange={(on) => put(edit.setDefault(table, on), "default")}
      >
        {t("rules.default")}
      </Switch>
      <span className="spacer" />
      {!readOnly && (
        <>
          <Button
            size="s"
            icon={<Plus size={14} />}
            onPress={() => put(edit.addRow(table, table.rows.length), "rowAdd")}
          >
            {t("rules.row.add")}
          </Button>
          <Button
            size="s"
            look="quiet"
            onPress={() => {
              const names = table.inputs.map((input) => input.name);
              put(edit.addInput(table, fresh("input", names)), "columnAdd");
            }}
          >
            {t("rules.input.add")}
          </Button>
          <Button
            size="s"
            look="quiet"
            onPress={() => put(edit.addOutput(table, fresh("output", table.outputs)), "columnAdd")}
          >
            {t("rules.output.add")}
          </Button>
        </>
      )}
    </div>
  );
}
