/* A column of a lookup table: its name, its type, and what it is for. */
import { ArrowLeft, ArrowRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Select, TextField } from "../ui/Field.tsx";
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
  const save = (): void => {
    put(setColumn(sheet, place, column), "column");
    onClose();
  };
  const shift = (by: number): void => {
    const to = place + by;
    if (to >= 0 && to < sheet.columns.length) {
      put(moveColumn(sheet, place, to), "columnMove");
      setPlace(to);
    }
  };
  return (
    <Dialog
      open
      size="s"
      title={t("rules.column.title")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          {!readOnly && (
            <Button look="primary" disabled={fault !== undefined} onPress={save}>
              {t("rules.column.save")}
            </Button>
          )}
        </>
      }
    >
      <div className="editor-form">
        <TextField
          label={t("rules.column.name")}
          value={column.name}
          readOnly={readOnly}
          autoFocus
          error={fault}
          onChange={(name) => setOwn({ ...column, name })}
        />
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
        {!readOnly && (
          <div className="test-acts">
            <Button size="s" look="quiet" icon={<ArrowLeft size={14} />} onPress={() => shift(-1)}>
              {t("rules.column.left")}
            </Button>
            <Button size="s" look="quiet" icon={<ArrowRight size={14} />} onPress={() => shift(1)}>
              {t("rules.column.right")}
            </Button>
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={14} />}
              reason={sheet.columns.length < 3 ? t("rules.column.lastTwo") : undefined}
              onPress={() => {
                put(removeColumn(sheet, place), "columnRemove");
                onClose();
              }}
            >
              {t("rules.column.remove")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
