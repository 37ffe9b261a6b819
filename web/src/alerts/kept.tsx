// What rules and channels have in common: a title, a name that never changes, a new one, its end.
import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { NAME } from "../app/names.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { TextField } from "../ui/Field.tsx";

/** Its title, and the name of a new one, which follows the title until somebody types another. */
export function TitleAndName(props: {
  of: "channel" | "alertRule";
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
        label={t(`${props.of}.title`)}
        help={t(`${props.of}.titleHelp`)}
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

export function NewButton(props: {
  label: string;
  refused: string | undefined;
  onPress: () => void;
}) {
  return (
    <Button size="s" icon={<Plus size={14} />} reason={props.refused} onPress={props.onPress}>
      {props.label}
    </Button>
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
