// The views of a list: a button that says which one it is, its menu, and what is done with views. Columns beside it.
import { useQueryClient } from "@tanstack/react-query";
import { Check, ChevronDown, SlidersHorizontal } from "lucide-react";
import { useMemo, useState } from "react";
import { Menu as AriaMenu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { client, got } from "../api/client.ts";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { cx } from "../ui/cx.ts";
import type { Column } from "../ui/DataGrid.tsx";
import type { Act } from "../ui/Menu.tsx";
import { addressOf, COLUMNS, type ListName, titles } from "./lists.ts";
import type { List } from "./useList.ts";
import type { View, ViewState } from "./useViews.ts";
import { ViewDialog } from "./ViewDialog.tsx";
import "./views.css";

type Open = "new" | "rename" | "change" | "remove";

/** What can be done with the view that the list is, and with the list as it is. */
function useActs(list: List, state: ViewState, open: (what: Open) => void): Act[] {
  const t = useText();
  const queries = useQueryClient();
  const { current } = state;
  const isNothing = Object.keys(list.query).length === 0;
  const begin = async (view: string | null) => {
    const params = { path: { list: list.list } };
    await got(client.PUT("/view-defaults/{list}", { params, body: { view } })).then(
      () => tell(t(view === null ? "view.beginsNotNow" : "view.beginsNow")),
      tellProblem,
    );
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === "views" });
  };
  const acts: Act[] = [
    {
      id: "keep",
      label: t("view.keep"),
      ...(isNothing ? { reason: t("view.keepNothing") } : {}),
      ...(state.mayKeep ? {} : { reason: t("view.keepNot") }),
      onAct: () => open("new"),
    },
  ];
  if (!current) return acts;
  const not = current.can.includes("change")
    ? {}
    : { reason: t("view.changeNot", { owner: current.owner }) };
  const link = new URL(addressOf(list.list, {}, current.view), location.href).href;
  return [
    ...acts,
    ...(state.isChanged
      ? [
          {
            id: "back",
            label: t("view.back"),
            onAct: () => list.show(current.query, current.view),
          },
          { id: "change", label: t("view.changeTo"), ...not, onAct: () => open("change") },
        ]
      : []),
    { id: "rename", label: t("view.rename"), ...not, onAct: () => open("rename") },
    state.begins === current.view
      ? { id: "begin", label: t("view.beginNot"), onAct: () => void begin(null) }
      : { id: "begin", label: t("view.begin"), onAct: () => void begin(current.view) },
    {
      id: "link",
      label: t("view.link"),
      ...(current.shared ? {} : { reason: t("view.linkNot") }),
      onAct: () =>
        navigator.clipboard.writeText(link).then(() => tell(t("view.linked")), tellProblem),
    },
    { id: "remove", label: t("view.remove"), danger: true, ...not, onAct: () => open("remove") },
  ];
}

function Item(props: {
  id: string;
  label: string;
  help?: string | undefined;
  isOn?: boolean;
  danger?: boolean;
  /** A line above it. */
  isFirst?: boolean;
}) {
  return (
    <MenuItem
      id={props.id}
      textValue={props.label}
      className={cx("menu-item", props.danger && "menu-danger", props.isFirst && "menu-first")}
    >
      <span className="menu-text">
        <span className="truncate foreign">{props.label}</span>
        {props.help && <span className="menu-help foreign">{props.help}</span>}
      </span>
      {props.isOn && <Check size={14} aria-hidden="true" />}
    </MenuItem>
  );
}

function ViewMenu({ list, state, acts }: { list: List; state: ViewState; acts: Act[] }) {
  const t = useText();
  const { current } = state;
  const own = state.views.filter((one) => one.mine && !one.shared);
  const views = [...own, ...state.views.filter((one) => !own.includes(one))];
  const helpOf = (view: View) => {
    const whose = view.mine ? t("view.sharedMine") : t("view.sharedBy", { owner: view.owner });
    return [view.shared ? whose : t("view.mine"), state.begins === view.view && t("view.begins")]
      .filter(Boolean)
      .join(" · ");
  };
  const onAction = (key: string) => {
    const view = views.find((one) => `view ${one.view}` === key);
    if (view) list.show(view.query, view.view);
    else if (key === "all") list.show({});
    else if (key === "again") state.again();
    else acts.find((act) => act.id === key)?.onAct();
  };
  return (
    <AriaMenu
      className="menu"
      aria-label={t("view.views")}
      onAction={(key) => onAction(String(key))}
      disabledKeys={acts.filter((act) => act.reason).map((act) => act.id)}
    >
      <Item
        id="all"
        label={t("view.all")}
        isOn={list.view === "" && Object.keys(list.query).length === 0}
      />
      {state.error !== null && <Item id="again" label={t("view.unread")} />}
      {views.map((view, at) => (
        <Item
          key={view.view}
          id={`view ${view.view}`}
          label={view.name}
          help={helpOf(view)}
          isOn={view === current}
          isFirst={at === 0}
        />
      ))}
      {acts.map((act, at) => (
        <Item
          key={act.id}
          id={act.id}
          label={act.label}
          help={act.reason}
          danger={act.danger ?? false}
          isFirst={at === 0}
        />
      ))}
    </AriaMenu>
  );
}

/** Which columns there are: those without a tick are left out. */
function ColumnMenu<T>({ list, columns }: { list: List; columns: readonly Column<T>[] }) {
  const t = useText();
  const free: readonly string[] = COLUMNS[list.list];
  const less = new Set((list.values.less ?? "").split(","));
  const offered = columns.filter((column) => free.includes(column.id));
  const set = list.set as (name: string, value: string) => void;
  return (
    <MenuTrigger>
      <Button look="quiet" icon={<SlidersHorizontal size={15} />} label={t("list.columns")} />
      <Popover className="popover" offset={4} placement="bottom end">
        <AriaMenu
          className="menu"
          aria-label={t("list.columns")}
          selectionMode="multiple"
          selectedKeys={offered.map(({ id }) => id).filter((id) => !less.has(id))}
          onSelectionChange={(keys) => {
            const on = keys === "all" ? new Set<unknown>(free) : (keys as Set<unknown>);
            set("less", free.filter((id) => !on.has(id)).join(","));
          }}
        >
          {offered.map((column) => (
            <MenuItem
              key={column.id}
              id={column.id}
              textValue={String(column.header)}
              className="menu-item"
            >
              {({ isSelected }) => (
                <>
                  <span className="menu-text">{column.header}</span>
                  {isSelected && <Check size={14} aria-hidden="true" />}
                </>
              )}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

function Remove({ list, view, onClose }: { list: List; view: View; onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const remove = async () => {
    const header = { "If-Match": `"${view.revision}"` };
    await got(client.DELETE("/views/{view}", { params: { path: { view: view.view }, header } }));
    list.show(list.query, undefined, { replace: true });
    await queries.invalidateQueries();
    onClose();
  };
  return (
    <ConfirmDialog
      danger
      title={t("view.removeTitle", { name: view.name })}
      lead={t(view.shared ? "view.removeShared" : "view.removeLead")}
      submit={t("user.remove")}
      onConfirm={remove}
      onClose={onClose}
    />
  );
}

export function Views<T>(props: { list: List; state: ViewState; columns: readonly Column<T>[] }) {
  const t = useText();
  const { list, state, columns } = props;
  const { current } = state;
  const [open, setOpen] = useState<Open>();
  const acts = useActs(list, state, setOpen);
  const { reason } = acts[0] as Act;
  const title = titles[list.list as ListName];
  useCommands(
    useMemo(
      () => [
        {
          id: `views.keep.${title}`,
          title: t("view.keep"),
          group: t(title),
          reason,
          run: () => setOpen("new"),
        },
      ],
      [t, title, reason],
    ),
  );
  const close = () => setOpen(undefined);
  return (
    <>
      <MenuTrigger>
        <Button className="view-button">
          <span className="truncate foreign">{current?.name ?? t("view.views")}</span>
          {state.isChanged && <span className="muted"> {t("view.changed")}</span>}
          <ChevronDown size={14} aria-hidden="true" />
        </Button>
        <Popover className="popover" offset={4} placement="bottom end">
          <ViewMenu list={list} state={state} acts={acts} />
        </Popover>
      </MenuTrigger>
      <ColumnMenu list={list} columns={columns} />
      {open === "remove" && current && <Remove list={list} view={current} onClose={close} />}
      {(open === "new" || (current && (open === "change" || open === "rename"))) && (
        <ViewDialog
          list={list}
          state={state}
          view={open === "new" ? undefined : current}
          query={open === "rename" && current ? current.query : list.query}
          onClose={close}
        />
      )}
    </>
  );
}
