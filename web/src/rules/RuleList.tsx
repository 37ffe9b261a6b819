/* All rules of the flow by kind, and making a new one. */
import { ClipboardPaste, Code2, Grid3x3, Plus, Sheet as SheetIcon } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { addPiece, NAME_PATTERN, renamePiece } from "./changes.ts";
import { NewLookup } from "./Import.tsx";
import { type Piece, piecesOf, samePiece } from "./pieces.ts";
import { rulePath, useGoToRule } from "./place.ts";
import type { Kind } from "./references.ts";

export const KINDS = ["module", "table", "lookup"] as const;
export const KIND_ICONS = { module: Code2, table: Grid3x3, lookup: SheetIcon };

/** A name for a new rule, or another one for an old. */
export function NameDialog({
  kind,
  piece,
  onClose,
}: {
  kind: Kind;
  piece?: Piece;
  onClose: () => void;
}) {
  const editor = useEditor();
  const t = useText();
  const go = useGoToRule();
  const draft = useEdited((state) => state.draft);
  const [name, setName] = useState(piece?.name ?? "");
  const [pasting, setPasting] = useState(false);
  const taken = piecesOf(draft).some(
    (other) =>
      other.name === name &&
      (kind === "module") === (other.kind === "module") &&
      !samePiece(other, piece),
  );
  const fault =
    name === "" || name === piece?.name
      ? undefined
      : !NAME_PATTERN.test(name)
        ? t("rules.not.name", { name })
        : taken
          ? t("rules.not.taken", { name })
          : undefined;
  const isReady = name !== "" && name !== piece?.name && fault === undefined;
  if (pasting) {
    return (
      <NewLookup
        onClose={onClose}
        onMade={(made) => {
          onClose();
          go({ kind: "lookup", name: made });
        }}
      />
    );
  }
  const save = (): void => {
    const own = { kind, name };
    const outcome = piece === undefined ? addPiece(draft, own) : renamePiece(draft, piece, name);
    if (isReady && editor.run(outcome)) {
      onClose();
      go(own);
    }
  };
  return (
    <Dialog
      open
      size="s"
      title={t(piece === undefined ? `rules.new.${kind}` : "rules.rename.title")}
      closeLabel={t("act.close")}
      onClose={onClose}
      foot={
        <>
          {kind === "lookup" && piece === undefined && (
            <Button
              look="quiet"
              icon={<ClipboardPaste size={14} />}
              onPress={() => setPasting(true)}
            >
              {t("rules.new.pasted")}
            </Button>
          )}
          <span className="spacer" />
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" form="rule-name" disabled={!isReady}>
            {t(piece === undefined ? "rules.new.make" : "rules.rename")}
          </Button>
        </>
      }
    >
      <form
        id="rule-name"
        className="editor-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <p>{t(piece === undefined ? `rules.new.${kind}Text` : "rules.rename.text")}</p>
        <TextField
          label={t("rules.name")}
          help={t("rules.nameHelp")}
          mono
          autoFocus
          maxLength={64}
          value={name}
          error={fault}
          onChange={setName}
        />
      </form>
    </Dialog>
  );
}

export function RuleList({
  piece,
  onNew,
}: {
  piece: Piece | undefined;
  onNew: (kind: Kind) => void;
}) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const pieces = piecesOf(draft);
  return (
    <nav className="rule-list" aria-label={t("rules.list")} data-region="rules">
      {KINDS.map((kind) => {
        const Icon = KIND_ICONS[kind];
        return (
          <section key={kind}>
            <header>
              <h2>{t(`rules.kind.${kind}`)}</h2>
              {!readOnly && (
                <Button
                  size="s"
                  look="quiet"
                  icon={<Plus size={14} />}
                  label={t(`rules.new.${kind}`)}
                  onPress={() => onNew(kind)}
                />
              )}
            </header>
            <ul>
              {pieces
                .filter((one) => one.kind === kind)
                .map((one) => (
                  <li key={one.name}>
                    <Link
                      href={rulePath(flow, draft, one)}
                      className="rule-link"
                      aria-current={samePiece(one, piece) ? "page" : undefined}
                    >
                      <Icon size={14} aria-hidden="true" />
                      <span className="truncate foreign">{one.name}</span>
                    </Link>
                  </li>
                ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}
