/* A column of a lookup table: its name, its type, and what it is for. */
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Select } from "../ui/Field.tsx";
import { ColumnDialog } from "./ColumnDialog.tsx";
import type { ColumnType } from "./cells.ts";
import { moveColumn, ROLES, type Role, removeColumn, type Sheet, setColumn } from "./sheet.ts";

export function SheetColumnDialog({
  sheet,
  at,
  readOnly,
  put,
  onClose,
}: {
  sheet: Sheet;
  at: number;
  readOnly: boolean;
  put: (json: JsonObject, name: string) => void;
  onClose: () => void;
}) {
  const t = useText();
  const [place, setPlace] = useState(at);
  const [column, setOwn] = useState(
    sheet.columns[at] ?? { name: "", role: "value" as Role, type: "text" as ColumnType },
  );
  const taken = sheet.columns.some((other, i) => i !== place && other.name === column.name);
  const fault =
    column.name === "" ? t("rules.column.noName") : taken ? t("rules.column.taken") : undefined;
  const shift = (by: number): void => {
    const to = place + by;
    if (to >= 0 && to < sheet.columns.length) {
      put(moveColumn(sheet, place, to), "columnMove");
      setPlace(to);
    }
  };
  return (
    <ColumnDialog
      title={t("rules.column.title")}
      name={column.name}
      onName={(name) => setOwn({ ...column, name })}
      fault={fault}
      readOnly={readOnly}
      onSave={() => put(setColumn(sheet, place, column), "column")}
      onShift={shift}
      onRemove={() => put(removeColumn(sheet, place), "columnRemove")}
      keeps={sheet.columns.length < 3 ? t("rules.column.lastTwo") : undefined}
      onClose={onClose}
    >
      <Select
        label={t("rules.column.role")}
        value={column.role}
        disabled={readOnly}
        choices={ROLES.map((role) => ({
          value: role,
          label: t(`rules.role.${role}`),
          help: t(`rules.role.${role}Help`),
        }))}
        onChange={(role) => setOwn({ ...column, role: role as Role })}
      />
      <Select
        label={t("rules.column.type")}
        value={column.type}
        disabled={readOnly}
        choices={(["text", "number", "boolean", "any"] as const).map((type) => ({
          value: type,
          label: t(`rules.type.${type}`),
        }))}
        onChange={(type) => setOwn({ ...column, type: type as ColumnType })}
      />
    </ColumnDialog>
  );
}
