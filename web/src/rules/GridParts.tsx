/* What a grid of cells is made of: the field in a cell, the menu of a place, the heads of columns. */
import { ChevronDown } from "lucide-react";
import { useRef } from "react";
import { Menu as AriaMenu, MenuItem, Popover } from "react-aria-components";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import type { Act } from "../ui/Menu.tsx";
import type { GridProps } from "./Grid.tsx";
import type { GridState } from "./useGrid.ts";

export const ROW_HEIGHT = 30;
export const HEAD_HEIGHT = 40;
export const NUMBERS = 56;

export function Typing({ grid, label }: { grid: GridState; label: string }) {
  const text = grid.editing?.text ?? "";
  return (
    <textarea
      className="cell-typing mono"
      aria-label={label}
      // biome-ignore lint/a11y/noAutofocus: it was asked for by a key or a double click
      autoFocus
      rows={Math.min(8, text.split("\n").length)}
      value={text}
      spellCheck={false}
      onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
      onChange={(event) => grid.type(event.target.value)}
      onBlur={() => grid.commit(0, 0)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") {
          grid.cancel();
        } else if (event.key === "Enter" && !event.altKey) {
          event.preventDefault();
          grid.commit(event.shiftKey ? -1 : 1, 0);
        } else if (event.key === "Tab") {
          event.preventDefault();
          grid.commit(0, event.shiftKey ? -1 : 1);
        }
      }}
    />
  );
}

export function Acts({
  acts,
  on,
  onClose,
}: {
  acts: Act[];
  on: Element | null;
  onClose: () => void;
}) {
  const t = useText();
  const trigger = useRef<Element | null>(on);
  trigger.current = on;
  return (
    <Popover
      className="popover"
      triggerRef={trigger}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      placement="bottom start"
    >
      <AriaMenu
        className="menu"
        aria-label={t("rules.grid.acts")}
        autoFocus="first"
        onClose={onClose}
        onAction={(key) => acts.find((act) => act.id === key)?.onAct()}
        disabledKeys={acts.filter((act) => act.reason).map((act) => act.id)}
      >
        {acts.map((act) => (
          <MenuItem
            key={act.id}
            id={act.id}
            textValue={act.label}
            className={cx("menu-item", act.danger && "menu-danger")}
          >
            {act.icon}
            <span className="menu-text">{act.label}</span>
            {act.keys && <kbd>{act.keys}</kbd>}
          </MenuItem>
        ))}
      </AriaMenu>
    </Popover>
  );
}

export function Heads({ props, onMenu }: { props: GridProps; onMenu: (column: number) => void }) {
  const t = useText();
  return (
    <div role="row" className="cells-head" style={{ height: HEAD_HEIGHT }}>
      <span role="columnheader" className="cell-number" style={{ width: NUMBERS }}>
        <span className="visually-hidden">{t("rules.grid.row")}</span>
      </span>
      {props.columns.map((column, i) => (
        <span
          key={column.key}
          role="columnheader"
          className={cx("cell-head", column.look && `cell-head-${column.look}`)}
          style={{ width: column.width }}
          onContextMenu={(event) => {
            event.preventDefault();
            onMenu(i);
          }}
        >
          <button
            type="button"
            className="cell-head-button"
            title={column.title}
            onClick={() => props.onOpenColumn?.(i)}
          >
            <span className="truncate foreign">{column.title}</span>
            {column.hint !== undefined && <span className="cell-hint truncate">{column.hint}</span>}
          </button>
          {props.onOpenColumn && <ChevronDown size={12} aria-hidden="true" />}
        </span>
      ))}
    </div>
  );
}
