/* Below an expression: the rules that it calls, each a way there. */
import { ArrowUpRight } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { pieceValue } from "./pieces.ts";
import { rulePath } from "./place.ts";
import { type Kind, referencesIn } from "./references.ts";

export function RuleLinks({ source }: { source: string }) {
  const found = useMemo(() => {
    const all = new Map<string, { kind: Kind; name: string }>();
    for (const { kind, name } of referencesIn(source)) {
      all.set(`${kind} ${name}`, { kind, name });
    }
    return [...all.values()];
  }, [source]);
  return found.length === 0 ? null : <LinksTo pieces={found} />;
}

export function LinksTo({ pieces }: { pieces: readonly { kind: Kind; name: string }[] }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const there = pieces.filter((piece) => pieceValue(draft, piece) !== undefined);
  return (
    <p className="rule-links">
      {there.map((piece) => (
        <Link key={`${piece.kind} ${piece.name}`} href={rulePath(flow, draft, piece)}>
          {t(`rules.open.${piece.kind}`)} <span className="foreign">{piece.name}</span>
          <ArrowUpRight size={12} aria-hidden="true" />
        </Link>
      ))}
    </p>
  );
}
