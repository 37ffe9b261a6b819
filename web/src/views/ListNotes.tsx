// What a list does not show as its address asks for it: said above it, with a way out.
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import type { List } from "./useList.ts";
import type { ViewState } from "./useViews.ts";

function Note({ children, acts }: { children: ReactNode; acts?: ReactNode }) {
  return (
    <div className="list-told" role="status">
      <TriangleAlert size={15} aria-hidden="true" />
      <span>{children}</span>
      {acts}
    </div>
  );
}

/** refused: a filter that oneself may not use, in words; offer: what finds more. */
export function ListNotes(props: {
  list: List;
  state: ViewState;
  refused?: string | undefined;
  offer?: { text: string; act: string; onAct: () => void } | undefined;
}) {
  const t = useText();
  const { list, state, refused, offer } = props;
  const unknown = Object.entries(list.unknown).map(([name, value]) => `${name}=${value}`);
  return (
    <>
      {state.isGone && (
        <Note
          acts={
            <Button size="s" onPress={() => list.show(list.query, undefined, { replace: true })}>
              {t("view.without")}
            </Button>
          }
        >
          {t("view.gone")}
        </Note>
      )}
      {unknown.length > 0 && (
        <Note
          acts={
            <Button size="s" onPress={() => list.show(list.values, list.view || undefined)}>
              {t("list.unknownDrop")}
            </Button>
          }
        >
          {t("list.unknown")} <code className="foreign">{unknown.join(" ")}</code>
        </Note>
      )}
      {refused && <Note>{refused}</Note>}
      {offer && (
        <Note
          acts={
            <Button size="s" onPress={offer.onAct}>
              {offer.act}
            </Button>
          }
        >
          {offer.text}
        </Note>
      )}
    </>
  );
}
