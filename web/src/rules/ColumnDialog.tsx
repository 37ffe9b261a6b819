/* A column of a table: its name, what else the table says of it, its place, its end. */
import { ArrowLeft, ArrowRight, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";

export function ColumnDialog(props: {
  title: string;
  name: string;
  onName: (name: string) => void;
  /** Why it cannot be kept as it is. */
  fault: string | undefined;
  readOnly: boolean;
  onSave: () => void;
  onShift: (by: number) => void;
  onRemove: () => void;
  /** Why it cannot be removed. */
  keeps: string | undefined;
  onClose: () => void;
  children?: ReactNode;
}) {
  const t = useText();
  const { readOnly, onClose } = props;
  const thenClose = (act: () => void) => () => {
    act();
    onClose();
  };
  return (
    <Dialog
      open
      size="s"
      title={props.title}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          {!readOnly && (
            <Button
              look="primary"
              disabled={props.fault !== undefined}
              onPress={thenClose(props.onSave)}
            >
              {t("rules.column.save")}
            </Button>
          )}
        </>
      }
    >
      <div className="editor-form">
        <TextField
          label={t("rules.column.name")}
          value={props.name}
          readOnly={readOnly}
          autoFocus
          error={props.fault}
          onChange={props.onName}
        />
        {props.children}
        {!readOnly && (
          <div className="test-acts">
            {([-1, 1] as const).map((by) => (
              <Button
                key={by}
                size="s"
                look="quiet"
                icon={by < 0 ? <ArrowLeft size={14} /> : <ArrowRight size={14} />}
                onPress={() => props.onShift(by)}
              >
                {t(by < 0 ? "rules.column.left" : "rules.column.right")}
              </Button>
            ))}
            <Button
              size="s"
              look="quiet"
              icon={<Trash2 size={14} />}
              reason={props.keeps}
              onPress={thenClose(props.onRemove)}
            >
              {t("rules.column.remove")}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
