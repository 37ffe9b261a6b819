/* The rules of a flow: the list, and the one that the address names. */
import { Pencil, Trash2 } from "lucide-react";
import { type SyntheticEvent, useMemo, useState } from "react";
import { useHistoryState } from "wouter/use-browser-location";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { removePiece } from "./changes.ts";
import { Decision } from "./Decision.tsx";
import { Module } from "./Module.tsx";
import { type Piece, piecesOf, titleOf } from "./pieces.ts";
import { type RuleFocus, useGoToRule, usePieceAt } from "./place.ts";
import { KIND_ICONS, KINDS, NameDialog, RuleList } from "./RuleList.tsx";
import type { Kind } from "./references.ts";
import { SheetPage } from "./SheetPage.tsx";
import { useRulePlace } from "./shown.ts";
import { usesOfPiece } from "./used.ts";
import "./rules.css";

const PAGES = { module: Module, table: Decision, lookup: SheetPage };

function Head({ piece }: { piece: Piece }) {
  const editor = useEditor();
  const t = useText();
  const go = useGoToRule();
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const title = useEdited((state) => titleOf(state.draft, piece));
  const uses = useEdited((state) => usesOfPiece(state.draft, piece).length);
  const [asked, setAsked] = useState<"rename" | "remove">();
  const Icon = KIND_ICONS[piece.kind];
  return (
    <header className="rule-head">
      <Icon size={16} aria-hidden="true" />
      <h2 className="foreign">{piece.name}</h2>
      <span className="chip">{t(`rules.one.${piece.kind}`)}</span>
      <span className="rule-title truncate foreign">{title}</span>
      {readOnly ? (
        <span className="muted">{t("rules.readOnly")}</span>
      ) : (
        <>
          <Button
            size="s"
            look="quiet"
            icon={<Pencil size={14} />}
            onPress={() => setAsked("rename")}
          >
            {t("rules.rename")}
          </Button>
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={14} />}
            onPress={() => setAsked("remove")}
          >
            {t("rules.remove")}
          </Button>
        </>
      )}
      {asked === "rename" && (
        <NameDialog kind={piece.kind} piece={piece} onClose={() => setAsked(undefined)} />
      )}
      {asked === "remove" && (
        <ConfirmDialog
          danger
          title={t("rules.remove.title", { name: piece.name })}
          lead={t("rules.remove.text", { uses })}
          submit={t("rules.remove")}
          onClose={() => setAsked(undefined)}
          onConfirm={async () => {
            editor.run(removePiece(editor.getState().draft, piece));
            setAsked(undefined);
            go();
          }}
        />
      )}
    </header>
  );
}

function Start({ onNew, address }: { onNew: (kind: Kind) => void; address: string }) {
  const t = useText();
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const has = useEdited((state) => piecesOf(state.draft).length > 0);
  const title =
    address !== "" ? t("rules.gone", { name: address }) : t(has ? "rules.choose" : "rules.empty");
  return (
    <Empty
      title={title}
      acts={
        !readOnly &&
        KINDS.map((kind) => (
          <Button key={kind} onPress={() => onNew(kind)}>
            {t(`rules.new.${kind}`)}
          </Button>
        ))
      }
    >
      {t("rules.emptyText")}
    </Empty>
  );
}

function stop(event: SyntheticEvent): void {
  event.stopPropagation(); /* the board's clipboard is not meant here */
}

export default function Rules() {
  const t = useText();
  const at = usePieceAt();
  const { address } = useRulePlace();
  const [making, setMaking] = useState<Kind>();
  const focus = useHistoryState<RuleFocus | null>() ?? undefined;
  const kind = at?.kind;
  const name = at?.name;
  /* the same rule stays the same object, whatever is typed in it */
  const piece = useMemo(
    () => (kind === undefined || name === undefined ? undefined : { kind, name }),
    [kind, name],
  );
  const Content = piece === undefined ? undefined : PAGES[piece.kind];
  return (
    <div className="rules" onCopy={stop} onCut={stop} onPaste={stop}>
      <RuleList piece={piece} onNew={setMaking} />
      <section className="rule" aria-label={piece?.name ?? t("rules.list")}>
        {piece === undefined || Content === undefined ? (
          <Start onNew={setMaking} address={address} />
        ) : (
          <>
            <Head key={`head ${piece.kind} ${piece.name}`} piece={piece} />
            <div className="rule-body">
              <Content key={`${piece.kind} ${piece.name}`} piece={piece} focus={focus} />
            </div>
          </>
        )}
      </section>
      {making !== undefined && <NameDialog kind={making} onClose={() => setMaking(undefined)} />}
    </div>
  );
}
