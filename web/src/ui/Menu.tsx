// A button that opens a menu of acts. An act that may not be done is shown with its reason.
import type { ReactNode } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { cx } from "./cx.ts";

export interface Act {
  id: string;
  label: string;
  icon?: ReactNode;
  keys?: string | undefined;
  /** Why it cannot be done now. */
  reason?: string | undefined;
  danger?: boolean;
  onAct: () => void;
}

export function Menu({
  children,
  label,
  acts,
}: {
  children: ReactNode;
  label: string;
  acts: Act[];
}) {
  return (
    <MenuTrigger>
      {children}
      <Popover className="popover" offset={4} placement="bottom end">
        <AriaMenu
          className="menu"
          aria-label={label}
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
              <span className="menu-text">
                <span className="truncate">{act.label}</span>
                {act.reason && <span className="menu-help">{act.reason}</span>}
              </span>
              {act.keys && <kbd>{act.keys}</kbd>}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
