// What rules and channels have in common: a title, a name that never changes, a new one, its end.
import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import type { Pages } from "../api/pages.ts";
import { ListView } from "../app/ListView.tsx";
import { NAME } from "../app/names.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { TextField } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { wordOf } from "./alerts.ts";

/** Its title, and the name of a new one, which follows the title until somebody types another. */
export function TitleAndName(props: {
  label: string;
  help: string;
  title: string;
  onTitle: (title: string) => void;
  name: string;
  /** Undefined: it has its name. */
  onName: ((name: string) => void) | undefined;
}) {
  const t = useText();
  const { name } = props;
  return (
    <>
      <TextField
        label={props.label}
        help={props.help}
        required
        autoFocus
        maxLength={200}
        value={props.title}
        onChange={props.onTitle}
      />
      {props.onName && (
        <TextField
          label={t("shared.name")}
          help={t("alertRule.nameHelp")}
          required
          mono
          maxLength={64}
          error={name !== "" && !NAME.test(name) ? t("flow.idWrong") : undefined}
          value={name}
          onChange={props.onName}
        />
      )}
    </>
  );
}

/** What each of their lists begins with: how it stands, and what it is called. */
export function beginning<T extends { state?: string; title?: string }>(
  t: Translate,
  states: "channel.state" | "alertRule.state",
  heading: string,
  tones: Record<string, Tone>,
  nameOf: (one: T) => string,
): Column<T>[] {
  return [
    {
      id: "state",
      header: t("run.status"),
      width: "8rem",
      cell: (one) => (
        <Badge tone={tones[one.state ?? ""] ?? "neutral"}>
          {wordOf(t, states, one.state ?? "")}
        </Badge>
      ),
    },
    {
      id: "title",
      header: heading,
      width: "minmax(8rem, 2fr)",
      prose: true,
      cell: (one) => <strong className="foreign">{one.title ?? nameOf(one)}</strong>,
    },
  ];
}

/** A list of them, and the way to a new one. onEdit: undefined is a new one. */
export function KeptList<T>(props: {
  title: string;
  newLabel: string;
  refused: string | undefined;
  pages: Pages<T>;
  columns: Column<T>[];
  nameOf: (one: T) => string;
  isWrong: (one: T) => boolean;
  onEdit: (one: T | undefined) => void;
  empty: ReactNode;
  /** Its dialogs. */
  children: ReactNode;
}) {
  const { refused, onEdit } = props;
  return (
    <Panel
      flush
      title={props.title}
      tools={
        <Button
          size="s"
          icon={<Plus size={14} />}
          reason={refused}
          onPress={() => onEdit(undefined)}
        >
          {props.newLabel}
        </Button>
      }
      className="list-panel alert-list"
    >
      <ListView
        label={props.title}
        pages={props.pages}
        columns={props.columns}
        keyOf={props.nameOf}
        {...(refused === undefined ? { onOpen: onEdit } : {})}
        filtered={false}
        toneOf={(one) => (props.isWrong(one) ? "err" : undefined)}
        empty={props.empty}
      />
      {props.children}
    </Panel>
  );
}

export function RemoveDialog(props: {
  name: string;
  lead: string;
  onRemove: () => Promise<unknown>;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  return (
    <ConfirmDialog
      danger
      title={t("alertRule.remove", { name: props.name })}
      lead={props.lead}
      submit={t("user.remove")}
      onClose={props.onClose}
      onConfirm={async () => {
        await props.onRemove();
        props.onClose();
        await queries.invalidateQueries();
      }}
    />
  );
}
