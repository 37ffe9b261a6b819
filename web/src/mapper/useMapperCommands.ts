/* The mapper's commands for the keyboard and the palette of commands. */
import { useMemo, useRef } from "react";
import { tellPlace } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { accept, lead, nextUnmapped, remove, suggestionFor } from "./acts.ts";
import type { Mapping } from "./mapping.tsx";

function within(selector: string): () => Element | null {
  return () => document.querySelector(selector);
}

function focus(...selectors: string[]): void {
  requestAnimationFrame(() => {
    const found = selectors.map((one) => document.querySelector<HTMLElement>(one));
    found.find((element) => element !== null)?.focus();
  });
}

/** Out by one: what is dragged, what is picked up, the mapper. */
function back(mapping: Mapping, onClose: () => void): void {
  const { picked, drag } = mapping.store.getState();
  if (drag !== undefined) {
    return;
  }
  if (picked !== undefined) {
    mapping.store.pick(undefined);
  } else if (document.activeElement?.closest(".map-panel")) {
    focus(".map-tree-target");
  } else {
    onClose();
  }
}

export function useMapperCommands(mapping: Mapping, onClose: () => void): void {
  const t = useText();
  const now = useRef({ mapping, onClose });
  now.current = { mapping, onClose };
  const commands = useMemo<Command[]>(() => {
    const group = t("mapper.name");
    const one = (
      id: string,
      title: string,
      keys: string[],
      where: string,
      run: (mapping: Mapping, target: string | undefined) => void,
    ): Command => ({
      id: `mapper.${id}`,
      title,
      group,
      keys,
      within: within(where),
      run: () => run(now.current.mapping, now.current.mapping.store.getState().target),
    });
    const onward = (by: 1 | -1) => (mapping: Mapping, target: string | undefined) => {
      const next = nextUnmapped(mapping, target, by);
      if (next !== undefined) {
        mapping.store.setState({ target: next, only: "all", find: { source: "", target: "" } });
        mapping.store.show({ target: next });
        focus(".map-tree-target, .map-table");
      }
    };
    const turn =
      (by: 1 | -1) =>
      ({ samples, at, store }: Mapping) => {
        const next = (at + by + samples.length) % Math.max(1, samples.length);
        const name = samples[next]?.label;
        store.setState({ at: next });
        if (name !== undefined) {
          const values = { name, at: next + 1, of: samples.length };
          tellPlace("sample", t("canvas.sampleNow", values));
        }
      };
    return [
      one("connect", t("mapper.key.connect"), ["c"], ".mapper", (mapping, target) => {
        const { picked, source } = mapping.store.getState();
        const from = picked ?? source;
        if (from !== undefined && target !== undefined) {
          lead(mapping, from, target);
        }
      }),
      one(
        "remove",
        t("mapper.remove"),
        ["delete", "backspace"],
        ".map-tree-target",
        (mapping, target) => {
          if (target !== undefined) {
            remove(mapping, target);
          }
        },
      ),
      one("accept", t("mapper.accept"), ["a"], ".mapper", (mapping, target) => {
        const idea = suggestionFor(mapping, target);
        if (idea !== undefined) {
          accept(mapping, [idea]);
        }
      }),
      one("reject", t("mapper.reject"), ["x"], ".mapper", (mapping, target) => {
        const idea = suggestionFor(mapping, target);
        if (idea !== undefined) {
          mapping.store.reject(idea.to, idea.from);
        }
      }),
      one("expression", t("mapper.key.expression"), ["="], ".map-tree-target", (mapping) => {
        mapping.store.setState({ tab: "field", side: true });
        focus(".map-panel .code-text", ".map-panel .kind-choice button");
      }),
      one("next", t("mapper.key.next"), ["mod+arrowdown"], ".mapper", onward(1)),
      one("before", t("mapper.key.before"), ["mod+arrowup"], ".mapper", onward(-1)),
      one("sampleBack", t("canvas.key.sampleBack"), ["["], ".mapper", turn(-1)),
      one("sampleNext", t("canvas.key.sampleNext"), ["]"], ".mapper", turn(1)),
      one("list", t("mapper.view.list"), ["v"], ".mapper", ({ store }) =>
        store.setState((state) => ({ list: !state.list })),
      ),
      one("sources", t("mapper.key.sources"), ["s"], ".mapper", () => focus(".map-tree-source")),
      one("targets", t("mapper.key.targets"), ["t"], ".mapper", () => focus(".map-tree-target")),
      one("find", t("mapper.key.find"), ["/"], ".mapper", () => {
        const side =
          document.activeElement?.closest(".map-side") ?? document.querySelector(".mapper");
        side?.querySelector<HTMLElement>("input[type=search]")?.focus();
      }),
      {
        ...one("back", t("mapper.close"), ["escape"], ".mapper", (mapping) =>
          back(mapping, now.current.onClose),
        ),
        keysOnly: true,
      },
    ];
  }, [t]);
  useCommands(commands);
}
