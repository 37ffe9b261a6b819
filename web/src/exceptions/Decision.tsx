// Choosing a way out: the flow's form, the reason, and a button for each exit. Where two must agree,
// the second one sees what the first has chosen.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { faultsOf } from "../data/faults.ts";
import { useText } from "../i18n/text.tsx";
import { keysText } from "../keys/chord.ts";
import { type Command, useCommands } from "../keys/registry.ts";
import { type Json, type JsonObject, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import type { Exception } from "./exceptions.ts";
import { againOf, rejectOf, wayOf } from "./ways.ts";

interface DecisionProps {
  one: Exception;
  /** Others were quicker: nothing is to be decided any more. */
  isOver: boolean;
  data: JsonObject;
  onData: (data: Json) => void;
  onDone: () => void;
}

/** Whether one of those who have chosen is this person; a token of theirs is them. */
function useMine(one: Exception): boolean {
  const name = useSession((session) => session.loginName);
  return one.decided.some(({ by }) => by.split("/")[0] === name);
}

/** What was chosen before, why, and with what: who agrees leaves that as it is. */
function Before({ one, wordOf }: { one: Exception; wordOf: (port: string) => string }) {
  const t = useText();
  const mine = useMine(one);
  return (
    <>
      {one.decided.map((told) => (
        <div key={told.by} className="stack">
          <p>
            {t("exception.chose", { by: told.by, port: wordOf(told.port) })}{" "}
            {told.reason !== "" && <q className="foreign">{told.reason}</q>}
          </p>
          {told.data !== undefined && told.data !== null && (
            <div className="framed">
              <ValuePane label={t("exception.filledIn")} value={told.data} maxRows={12} />
            </div>
          )}
        </div>
      ))}
      <p>{t(mine ? "exception.youChose" : "exception.second")}</p>
    </>
  );
}

/** r and x choose a way out and lead to the reason; Ctrl+Enter goes it. */
function useKeys(props: {
  ports: readonly string[];
  may: string | undefined;
  wordOf: (port: string) => string;
  wanted: string | undefined;
  reasoned: boolean;
  onWant: (port: string) => void;
  onGo: (port: string) => void;
}): void {
  const t = useText();
  const { ports, may, wordOf, wanted, reasoned } = props;
  const now = useRef(props);
  now.current = props;
  useCommands(
    useMemo<Command[]>(() => {
      const group = t("nav.exceptions");
      const none = t("exception.noWay", { ports: ports.map(wordOf).join(", ") });
      const choice = (id: string, title: string, keys: string[], port: string | undefined) => ({
        id: `exception.${id}`,
        title: port === undefined ? title : wordOf(port),
        group,
        keys,
        reason: may ?? (port === undefined ? none : undefined),
        run: () => port !== undefined && now.current.onWant(port),
      });
      return [
        choice("again", t("exception.key.again"), ["r"], againOf(ports)),
        choice("reject", t("exception.key.reject"), ["x"], rejectOf(ports)),
        {
          id: "exception.go",
          title: t("exception.key.go"),
          group,
          keys: ["mod+enter"],
          reason:
            may ??
            (wanted === undefined
              ? t("exception.wayFirst")
              : reasoned
                ? undefined
                : t("exception.reasonFirst")),
          run: () => wanted !== undefined && now.current.onGo(wanted),
        },
      ];
    }, [t, ports, may, wordOf, wanted, reasoned]),
  );
}

/** Why this person may not do it; undefined: they may. */
function useMayNot(one: Exception, isOver: boolean): string | undefined {
  const t = useText();
  const act = one.decided.length > 0 ? "approve" : "decide";
  const permission = `exceptions.${act}` as const;
  const permitted = useCan(permission);
  const mine = useMine(one);
  if (isOver) return t("exception.over");
  if (one.can.includes(act)) return undefined;
  if (mine) return t("exception.youChose");
  if (!permitted || one.role === "") return t("may.not", { permission });
  return t("exception.notYours", { role: one.role });
}

export function Decision({ one, isOver, data, onData, onDone }: DecisionProps) {
  const t = useText();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map());
  const [asking, error, ask] = useAsking();
  const second = one.decided.length > 0;
  const wordOf = useCallback((port: string) => wayOf(t, one, port), [t, one]);
  const mayNot = useMayNot(one, isOver);
  const [wanted, setWanted] = useState<string>();
  const box = useRef<HTMLDivElement>(null);
  const decide = (port: string) => {
    const wrong: ReadonlyMap<string, string> =
      one.form && !second ? faultsOf(one.form, data) : new Map();
    setFaults(wrong);
    if (wrong.size > 0 || reason.trim() === "") return;
    const answered = one.form !== undefined && !second;
    ask(async () => {
      const params = { path: { exception: one.id }, header: onceKey() };
      const body = { port, reason: reason.trim(), ...(answered ? { data } : {}) };
      // Written by ourselves: the form's numbers keep their digits.
      const bodySerializer = (value: unknown) => writeJson(value as Json);
      if (second) {
        await got(client.POST("/exceptions/{exception}/approve", { params, body, bodySerializer }));
      } else {
        await got(client.POST("/exceptions/{exception}/decide", { params, body, bodySerializer }));
      }
      tell(t("exception.decided", { port: wordOf(port) }));
      onDone();
      await queries.invalidateQueries();
    });
  };
  useKeys({
    ports: one.ports,
    may: mayNot,
    wordOf,
    wanted,
    reasoned: reason.trim() !== "",
    onWant: (port) => {
      setWanted(port);
      box.current?.querySelector<HTMLTextAreaElement>(".decision-reason textarea")?.focus();
    },
    onGo: decide,
  });
  const first = wanted ?? one.ports[0];
  return (
    <div className="stack" ref={box}>
      {second && !isOver && <Before one={one} wordOf={wordOf} />}
      {one.approvals > 1 && !second && !isOver && (
        <p className="muted">{t("exception.fourEyes")}</p>
      )}
      {one.form && !second && (
        <SchemaForm schema={one.form} value={data} onChange={onData} faults={faults} />
      )}
      <TextField
        className="decision-reason"
        label={t("act.reason")}
        help={
          wanted === undefined
            ? t("act.reasonHelp")
            : t("exception.goHelp", { keys: keysText("mod+enter"), port: wordOf(wanted) })
        }
        required
        multiline
        rows={2}
        value={reason}
        onChange={setReason}
      />
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row">
        {one.ports.map((port) => (
          <Button
            key={port}
            look={port === first ? "primary" : "plain"}
            reason={mayNot ?? (reason.trim() === "" ? t("exception.reasonFirst") : undefined)}
            pending={asking}
            onPress={() => decide(port)}
          >
            {wordOf(port)}
          </Button>
        ))}
      </div>
    </div>
  );
}
