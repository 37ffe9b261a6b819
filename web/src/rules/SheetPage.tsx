/* A lookup table as a sheet: typed cells, pasted blocks, files; of a hundred thousand rows. */
import { Download, Plus, Trash2, Upload } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { writeCsv } from "../data/csv.ts";
import { useText } from "../i18n/text.tsx";
import type { JsonObject } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import type { Act } from "../ui/Menu.tsx";
import { saveCsv } from "../ui/saveFile.ts";
import { isOdd } from "./cells.ts";
import { changePiece } from "./changes.ts";
import { placeOf } from "./decision.ts";
import { Faults } from "./Faults.tsx";
import { Grid, type GridColumn, type GridHandle } from "./Grid.tsx";
import { Import } from "./Import.tsx";
import type { Piece } from "./pieces.ts";
import type { RuleFocus } from "./place.ts";
import { SheetColumnDialog } from "./SheetColumn.tsx";
import { SheetFind } from "./SheetFind.tsx";
import { SheetSettings } from "./SheetSettings.tsx";
import { Side } from "./Side.tsx";
import * as edit from "./sheet.ts";
import type { Spot } from "./useGrid.ts";
import { useRuleFaults, useValueOf } from "./useRuleCheck.ts";
import { widthOf } from "./widths.ts";

function useColumns(sheet: edit.Sheet): GridColumn[] {
  const t = useText();
  return useMemo(
    () =>
      sheet.columns.map((column, i) => {
        const hint = `${t(`rules.role.${column.role}`)} · ${t(`rules.type.${column.type}`)}`;
        return {
          key: `${i} ${column.name}`,
          title: column.name,
          hint,
          look: column.role === "value" ? ("out" as const) : ("key" as const),
          end: column.type === "number",
          width: widthOf(column.name, hint, sheet.rows.length, (row) =>
            edit.sheetText(sheet, row, i),
          ),
        };
      }),
    [sheet, t],
  );
}

/** The table as a file, digit for digit. */
function download(name: string, sheet: edit.Sheet): void {
  const rows = sheet.rows.map((_, row) =>
    sheet.columns.map((_column, i) => edit.sheetText(sheet, row, i)),
  );
  saveCsv(name, writeCsv([sheet.columns.map((column) => column.name), ...rows]));
}

export function SheetPage({ piece, focus }: { piece: Piece; focus: RuleFocus | undefined }) {
  const editor = useEditor();
  const t = useText();
  const value = useValueOf(piece);
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const sheet = edit.sheetOf(value);
  const asked = useRuleFaults(piece);
  const [column, setColumn] = useState<number>();
  const [importing, setImporting] = useState(false);
  const grid = useRef<GridHandle>(null);
  const columns = useColumns(sheet);
  const wrong = useMemo(
    () =>
      new Set((asked.now ?? []).flatMap((fault) => placeOf(fault.message, () => undefined).rows)),
    [asked.now],
  );
  const put = useCallback(
    (json: JsonObject, name: string) => {
      editor.run(changePiece(editor.getState().draft, piece, json, name));
    },
    [editor, piece],
  );
  const actsAt = ({ row, column: at }: Spot): Act[] => [
    {
      id: "above",
      label: t("rules.row.above"),
      icon: <Plus size={14} />,
      onAct: () => put(edit.addSheetRow(sheet, row), "rowAdd"),
    },
    {
      id: "below",
      label: t("rules.row.below"),
      icon: <Plus size={14} />,
      onAct: () => put(edit.addSheetRow(sheet, row + 1), "rowAdd"),
    },
    {
      id: "remove",
      label: t("rules.row.remove"),
      icon: <Trash2 size={14} />,
      keys: "Ctrl+Del",
      danger: true,
      onAct: () => put(edit.removeSheetRows(sheet, row, row), "rowRemove"),
    },
    {
      id: "column",
      label: t("rules.column.of", { name: sheet.columns[at]?.name ?? "" }),
      onAct: () => setColumn(at),
    },
  ];
  const addColumn = (): void => {
    const names = sheet.columns.map((one) => one.name);
    let number = names.length + 1;
    while (names.includes(`column${number}`)) {
      number++;
    }
    put(edit.addColumn(sheet, `column${number}`), "columnAdd");
  };
  return (
    <>
      <div className="rule-main">
        <div className="grid-tools">
          <span className="muted num">{t("rules.sheet.rows", { count: sheet.rows.length })}</span>
          <SheetFind sheet={sheet} onFound={(spot) => grid.current?.go(spot)} />
          <span className="spacer" />
          {!readOnly && (
            <>
              <Button
                size="s"
                icon={<Plus size={14} />}
                onPress={() => {
                  put(edit.addSheetRow(sheet, sheet.rows.length), "rowAdd");
                  requestAnimationFrame(() =>
                    grid.current?.go({ row: sheet.rows.length, column: 0 }),
                  );
                }}
              >
                {t("rules.row.add")}
              </Button>
              <Button size="s" look="quiet" onPress={addColumn}>
                {t("rules.column.add")}
              </Button>
              <Button
                size="s"
                look="quiet"
                icon={<Upload size={14} />}
                onPress={() => setImporting(true)}
              >
                {t("rules.sheet.import")}
              </Button>
            </>
          )}
          <Button
            size="s"
            look="quiet"
            icon={<Download size={14} />}
            onPress={() => download(piece.name, sheet)}
          >
            {t("rules.sheet.export")}
          </Button>
        </div>
        <Grid
          handle={grid}
          label={t("rules.sheet.grid", { name: piece.name })}
          columns={columns}
          rows={sheet.rows.length}
          readOnly={readOnly}
          textAt={(row, at) => edit.sheetText(sheet, row, at)}
          toneAt={(row, at) =>
            isOdd(sheet.rows[row]?.[at], sheet.columns[at]?.type ?? "any") ? "err" : undefined
          }
          rowTone={(row) => (wrong.has(row) ? "err" : undefined)}
          actsAt={actsAt}
          onOpenColumn={setColumn}
          onEdit={(row, at, text) => put(edit.setSheetCell(sheet, row, at, text), "cell")}
          onPaste={(row, at, cells) => put(edit.pasteSheet(sheet, row, at, cells), "paste")}
          onInsert={(at) => put(edit.addSheetRow(sheet, at), "rowAdd")}
          onRemove={(from, to) => put(edit.removeSheetRows(sheet, from, to), "rowRemove")}
        />
        <Faults
          asked={asked}
          onGo={(fault) => {
            const [row] = placeOf(fault.message, () => undefined).rows;
            const [, at] = /^\/rows\/(\d+)/.exec(fault.pointer) ?? [];
            grid.current?.go({ row: row ?? Number(at ?? 0), column: 0 });
          }}
        />
      </div>
      <Side
        piece={piece}
        test={focus?.test}
        more={[
          {
            id: "settings",
            label: t("rules.tab.settings"),
            content: <SheetSettings sheet={sheet} readOnly={readOnly} put={put} />,
          },
        ]}
      />
      {column !== undefined && (
        <SheetColumnDialog
          sheet={sheet}
          at={column}
          readOnly={readOnly}
          put={put}
          onClose={() => setColumn(undefined)}
        />
      )}
      {importing && <Import sheet={sheet} put={put} onClose={() => setImporting(false)} />}
    </>
  );
}
