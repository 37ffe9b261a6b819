// Ctrl+K: every command of the screen and every place, found by a few letters of their names; and
// flows, runs and connections, found by the program.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Dialog as AriaDialog, Modal, ModalOverlay } from "react-aria-components";
import { useLocation } from "wouter";
import { client, gotExact } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { moment } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { type Command, keysOf, useKeySettings, useRegistry } from "../keys/registry.ts";
import { arrayOf, type JsonObject, objectOf, textOf } from "../model/json.ts";
import type { Run } from "../runs/runs.ts";
import { useBack } from "../ui/useBack.ts";
import { useDebounced } from "../ui/useDebounced.ts";
import { addressOf, titles } from "../views/lists.ts";
import { useViews } from "../views/useViews.ts";
import { Caps } from "./Caps.tsx";
import { score } from "./match.ts";

const SHOWN = 60;
const VIEWS_SHOWN = 8;

function useFound(words: string): Command[] {
  const commands = useRegistry((state) => state.commands);
  return useMemo(() => {
    const list = [...commands.values()].filter((command) => !command.keysOnly);
    if (words.trim() === "") return list.slice(0, SHOWN);
    return list
      .map((command) => ({ command, score: score(words, `${command.title} ${command.group}`) }))
      .filter((one) => one.score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, SHOWN)
      .map((one) => one.command);
  }, [commands, words]);
}

function thingTitle(own: JsonObject): string {
  const detail = textOf(own.detail);
  return `${textOf(own.title) ?? textOf(own.id) ?? ""}${detail ? ` — ${detail}` : ""}`;
}

/** Runs of one flow are told apart by their key, their state and when they came. */
function runTitle(t: Translate, own: JsonObject): string {
  const at = textOf(own.received_at);
  return [
    textOf(own.key) ?? textOf(own.id),
    t(`run.status.${textOf(own.detail) as Run["status"]}`),
    at === undefined ? undefined : moment(new Date(at), new Date()),
    textOf(own.title),
  ]
    .filter((part) => part !== undefined)
    .join(" · ");
}

/** The runs' screen with what was typed as its filter: what came in, for those who may read it. */
function useLooks(words: string): Command[] {
  const t = useText();
  const [, go] = useLocation();
  const sees = useCan("runs.read");
  const reads = useCan("payloads.read");
  const word = words.trim();
  if (!sees || word.length < 3) return [];
  const where = `/runs?${reads ? "find" : "key"}=${encodeURIComponent(word)}`;
  const group = t("nav.runs");
  return [
    {
      id: "look.failed",
      title: t("palette.failed", { word }),
      group,
      run: () => go(`${where}&status=failed&period=w`),
    },
    { id: "look.runs", title: t("palette.runs", { word }), group, run: () => go(where) },
  ];
}

/** The views of lists, one's own and those that are shared. */
function useViewCommands(words: string): Command[] {
  const t = useText();
  const [, go] = useLocation();
  const { data } = useViews();
  if (words.trim() === "") return [];
  return (data?.items ?? [])
    .map((view) => {
      const group = `${t(titles[view.list])} · ${t("view.view")}`;
      return { view, group, score: score(words, `${view.name} ${group}`) };
    })
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, VIEWS_SHOWN)
    .map(({ view, group }) => ({
      id: `view.${view.view}`,
      title: view.name,
      group,
      run: () => go(addressOf(view.list, view.query, view.view)),
    }));
}

/** Flows, runs and connections that the program finds by the typed words. */
function useThings(words: string): Command[] {
  const t = useText();
  const [, go] = useLocation();
  const workspace = useSession((session) => session.workspace);
  const still = useDebounced(words.trim(), 200);
  const query = useQuery({
    queryKey: [workspace, "search", still],
    enabled: still.length > 1,
    queryFn: ({ signal }) =>
      gotExact(
        client.GET("/search", {
          params: { query: { q: still, limit: 6 } },
          parseAs: "text",
          signal,
        }),
      ),
  });
  return arrayOf(objectOf(query.data).items).flatMap((item) => {
    const own = objectOf(item);
    const id = textOf(own.id) ?? "";
    const path = { flow: `/flows/${id}`, run: `/runs/${id}`, connection: "/connections" }[
      textOf(own.kind) as "flow" | "run" | "connection"
    ];
    if (path === undefined || id === "") return [];
    return [
      {
        id: `found.${textOf(own.kind)}.${id}`,
        title: textOf(own.kind) === "run" ? runTitle(t, own) : thingTitle(own),
        group: t(`found.${textOf(own.kind) as "flow" | "run" | "connection"}`),
        run: () => go(path),
      },
    ];
  });
}

function Inner({ onClose }: { onClose: () => void }) {
  const t = useText();
  const id = useId();
  const settings = useKeySettings();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const commands = useFound(words);
  const things = useThings(words);
  const looks = useLooks(words);
  const views = useViewCommands(words);
  const found = [...commands, ...views, ...things, ...looks];
  const list = useRef<HTMLDivElement>(null);
  const chosen = found[Math.min(at, found.length - 1)];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is found by its mark
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, words]);

  const run = (command: Command | undefined) => {
    if (!command || command.reason) return;
    onClose();
    // After the dialog has given the focus back.
    setTimeout(command.run, 0);
  };
  return (
    <div className="palette">
      <input
        className="palette-input"
        // biome-ignore lint/a11y/noAutofocus: the palette is its field
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={chosen ? `${id}-${chosen.id}` : undefined}
        aria-label={t("palette.label")}
        placeholder={t("palette.hint")}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (by !== 0 && found.length > 0) setAt((at + by + found.length) % found.length);
          else if (event.key === "Enter") run(chosen);
          else return;
          event.preventDefault();
        }}
      />
      <div
        className="palette-list"
        role="listbox"
        id={id}
        ref={list}
        aria-label={t("palette.label")}
      >
        {found.map((command, index) => (
          <div
            key={command.id}
            id={`${id}-${command.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={command === chosen}
            aria-disabled={command.reason ? true : undefined}
            className="palette-item"
            onPointerMove={() => setAt(index)}
            onClick={() => run(command)}
            onKeyDown={undefined}
          >
            <span className="truncate foreign">
              {command.title}
              {command.reason && <span className="muted"> — {command.reason}</span>}
            </span>
            <span className="muted">{command.group}</span>
            {keysOf(command, settings)[0] && <Caps keys={keysOf(command, settings)[0] as string} />}
          </div>
        ))}
        {found.length === 0 && <p className="palette-group">{t("palette.nothing")}</p>}
      </div>
    </div>
  );
}

export function Palette({ onClose }: { onClose: () => void }) {
  const t = useText();
  useBack(true, onClose);
  return (
    <ModalOverlay
      className="veil"
      isOpen
      isDismissable
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Modal className="dialog">
        <AriaDialog className="dialog-inner" aria-label={t("palette.label")}>
          <Inner onClose={onClose} />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}
