/* The rules of the open flow for the palette of commands. */
import { useMemo } from "react";
import { useLocation } from "wouter";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { piecesOf } from "./pieces.ts";
import { rulePath } from "./place.ts";

export function useRuleCommands(): void {
  const t = useText();
  const [, go] = useLocation();
  const flow = useEdited((state) => state.flow);
  /* the names alone: typing in a rule makes no new commands */
  const names = useEdited((state) =>
    piecesOf(state.draft)
      .map((piece) => `${piece.kind} ${piece.name} ${rulePath(flow, state.draft, piece)}`)
      .join("\n"),
  );
  const commands = useMemo<Command[]>(() => {
    const group = t("rules.list");
    const all: Command = {
      id: "rules.all",
      title: t("rules.go"),
      group,
      keys: ["g l"],
      run: () => go(`/flows/${encodeURIComponent(flow)}/rules`),
    };
    const each = names === "" ? [] : names.split("\n");
    return [
      all,
      ...each.map((line): Command => {
        const [kind = "", name = "", path = ""] = line.split(" ");
        return {
          id: `rules.piece.${kind}.${name}`,
          title: t("rules.goTo", { name }),
          group,
          run: () => go(path),
        };
      }),
    ];
  }, [t, go, flow, names]);
  useCommands(commands);
}
