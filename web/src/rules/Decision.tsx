/* A decision table as a grid: conditions, outcomes, the default; gaps and overlaps lead to rows. */
import { ArrowDown, ArrowUp, Copy, Plus, Trash2 } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { Fault } from "../model/faults.ts";
import { type Json, type JsonObject, parseJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import type { Act } from "../ui/Menu.tsx";
import { changePiece } from "./changes.ts";
import { DecisionColumn } from "./DecisionColumn.tsx";
import { DecisionTools } from "./DecisionTools.tsx";
import * as edit from "./decision.ts";
import { Faults } from "./Faults.tsx";
import { Grid, type GridColumn, type GridHandle } from "./Grid.tsx";
import type { Piece } from "./pieces.ts";
import type { RuleFocus } from "./place.ts";
import { Side } from "./Side.tsx";
import type { Spot } from "./useGrid.ts";
import { useRuleFaults, useValueOf } from "./useRuleCheck.ts";
import { widthOf } from "./widths.ts";

function readJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function useColumns(table: edit.Decision, rows: number): GridColumn[] {
  const t = useText();
  return useMemo(() => {
    const column = (title: string, i: number, look: "in" | "out", hint: string): GridColumn => ({
      key: `${look} ${i}`,
      title,
      look,
      hint,
      width: widthOf(title, hint, rows, (row) => edit.textAt(table, row, i)),
    });
    return [
      ...table.inputs.map((input, i) => column(input.name, i, "in", t(`rules.type.${input.type}`))),
      ...table.outputs.map((name, i) =>
        column(name, table.inputs.length + i, "out", t("rules.outcome")),
      ),
    ];
  }, [table, rows, t]);
}

export function Decision({ piece, focus }: { piece: Piece; focus: RuleFocus | undefined }) {
  const editor = useEditor();
  const t = useText();
  const value = useValueOf(piece);
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const table = useMemo(() => edit.decisionOf(value), [value]);
  const asked = useRuleFaults(piece);
  const [hits, setHits] = useState<readonly number[]>([]);
  const [column, setColumn] = useState<number>();
  const grid = useRef<GridHandle>(null);
  const rows = table.rows.length + (table.otherwise === undefined ? 0 : 1);
  const columns = useColumns(table, rows);
  const names = columns.map((one) => one.title);
  const faults = (asked.now ?? []).map((fault) => ({
    fault,
    place: edit.placeOf(fault.message, readJson),
  }));

  const put = useCallback(
    (json: JsonObject, name: string) => {
      editor.run(changePiece(editor.getState().draft, piece, json, name));
    },
    [editor, piece],
  );
  const isDefault = (row: number): boolean => row === table.rows.length;
  const moveRow = (from: number, to: number): void => {
    if (to >= 0 && Math.max(from, to) < table.rows.length) {
      put(edit.moveRow(table, from, to), "rowMove");
    }
  };
  const moveColumn = (from: number, to: number): void => {
    const split = table.inputs.length;
    if (from < split && to >= 0 && to < split) {
      put(edit.moveInput(table, from, to), "columnMove");
    } else if (from >= split && to >= split && to < names.length) {
      put(edit.moveOutput(table, from - split, to - split), "columnMove");
    }
  };
  const go = (fault: Fault): void => {
    const place = edit.placeOf(fault.message, readJson);
    const [row] = place.rows;
    const at = place.column === undefined ? 0 : Math.max(0, names.indexOf(place.column));
    grid.current?.go({ row: row ?? 0, column: at });
  };
  const actsAt = ({ row, column: at }: Spot): Act[] => [
    {
      id: "below",
      label: t("rules.row.below"),
      icon: <Plus size={14} />,
      onAct: () => put(edit.addRow(table, Math.min(row + 1, table.rows.length)), "rowAdd"),
    },
    {
      id: "copy",
      label: t("rules.row.copy"),
      icon: <Copy size={14} />,
      reason: isDefault(row) ? t("rules.default") : undefined,
      onAct: () => put(edit.addRow(table, row + 1, row), "rowAdd"),
    },
    {
      id: "up",
      label: t("rules.row.up"),
      icon: <ArrowUp size={14} />,
      keys: "Alt+↑",
      onAct: () => moveRow(row, row - 1),
    },
    {
      id: "down",
      label: t("rules.row.down"),
      icon: <ArrowDown size={14} />,
      keys: "Alt+↓",
      onAct: () => moveRow(row, row + 1),
    },
    {
      id: "remove",
      label: t("rules.row.remove"),
      icon: <Trash2 size={14} />,
      keys: "Ctrl+Del",
      danger: true,
      onAct: () =>
        put(
          isDefault(row) ? edit.setDefault(table, false) : edit.removeRow(table, row),
          "rowRemove",
        ),
    },
    {
      id: "column",
      label: t("rules.column.of", { name: names[at] ?? "" }),
      onAct: () => setColumn(at),
    },
  ];
  return (
    <>
      <div className="rule-main">
        <DecisionTools table={table} readOnly={readOnly} put={put} />
        <Grid
          handle={grid}
          label={t("rules.table.grid", { name: piece.name })}
          columns={columns}
          rows={rows}
          readOnly={readOnly}
          textAt={(row, at) => edit.textAt(table, row, at)}
          toneAt={(row, at) => {
            const wrong = faults.some(
              ({ place }) => place.rows.includes(row) && place.column === names[at],
            );
            const empty = isDefault(row) && at < table.inputs.length;
            return wrong ? "err" : empty ? "dim" : undefined;
          }}
          rowTone={(row) =>
            faults.some(({ place }) => place.rows.includes(row))
              ? "err"
              : hits.includes(row)
                ? "hit"
                : undefined
          }
          rowHead={(row) =>
            isDefault(row)
              ? t("rules.default.short")
              : hits.includes(row)
                ? `${row + 1} ✓`
                : row + 1
          }
          actsAt={actsAt}
          onOpenColumn={setColumn}
          onEdit={(row, at, text) => put(edit.setCell(table, row, at, text), "cell")}
          onPaste={(row, at, cells) => put(edit.pasteCells(table, row, at, cells), "paste")}
          onMoveRow={moveRow}
          onMoveColumn={moveColumn}
          onInsert={(at) => put(edit.addRow(table, Math.min(at, table.rows.length)), "rowAdd")}
          onRemove={(from) => !isDefault(from) && put(edit.removeRow(table, from), "rowRemove")}
        />
        <Faults
          asked={asked}
          onGo={go}
          more={(fault) => {
            const { gap } = edit.placeOf(fault.message, readJson);
            return gap === undefined || readOnly ? null : (
              <Button
                size="s"
                look="quiet"
                icon={<Plus size={13} />}
                onPress={() => put(edit.addCase(table, gap), "rowAdd")}
              >
                {t("rules.gap.add")}
              </Button>
            );
          }}
        />
      </div>
      <Side piece={piece} test={focus?.test} more={[]} onHits={setHits} />
      {column !== undefined && (
        <DecisionColumn
          table={table}
          at={column}
          readOnly={readOnly}
          put={put}
          move={moveColumn}
          onClose={() => setColumn(undefined)}
        />
      )}
    </>
  );
}
