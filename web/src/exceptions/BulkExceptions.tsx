// Many exceptions decided alike: the ways out that all of the ticked ones have.
import { useMemo, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { type BulkAnswer, BulkBar, BulkDialog } from "../app/Bulk.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import type { Exception } from "./exceptions.ts";
import { againOf, rejectOf, wayOf } from "./ways.ts";

interface Answer {
  exceptions?: unknown;
  done?: number;
  refused?: number;
}

function answerOf(answer: Answer): BulkAnswer {
  const list = Array.isArray(answer.exceptions) ? answer.exceptions : [];
  return {
    items: list.map((one: { exception?: unknown; refused?: unknown }) => ({
      id: String(one.exception),
      refused: typeof one.refused === "string" ? one.refused : undefined,
    })),
    done: answer.done ?? 0,
    refused: answer.refused ?? 0,
    more: false,
  };
}

/** The exits that every one of them has; a form is answered one by one. */
export function sharedPorts(ticked: readonly Exception[]): string[] {
  const [first, ...others] = ticked;
  if (first === undefined || ticked.some((one) => one.form !== undefined)) return [];
  return first.ports.filter((port) => others.every((one) => one.ports.includes(port)));
}

export function BulkExceptions(props: {
  ticked: Exception[];
  /** What the list is filtered by; undefined: by something that cannot be said of many. */
  filter: { type?: string; group?: string } | undefined;
  beyond: { found: number | undefined } | undefined;
  onClear: () => void;
}) {
  const t = useText();
  const may = useCan("exceptions.decide");
  const [port, setPort] = useState<string>();
  const { ticked, filter, beyond } = props;
  const [all, setAll] = useState(false);
  const filtered = filter !== undefined && Object.keys(filter).length > 0;
  const which = all && filter ? { filter } : { exceptions: ticked.map((one) => one.id) };
  const ports = sharedPorts(ticked);
  // Two flows may mean different things by the same name.
  const wordOf = (name: string) => {
    const [word = name, ...others] = new Set(ticked.map((one) => wayOf(t, one, name)));
    return others.length === 0 ? word : name;
  };
  const mayNot = may ? undefined : t("may.not", { permission: "exceptions.decide" });
  const [again, reject] = [againOf(ports), rejectOf(ports)];
  useCommands(
    useMemo(() => {
      const choice = (id: string, keys: string[], way: string | undefined) => ({
        id: `exceptions.${id}`,
        title: t(`exception.key.ticked.${id as "again"}`),
        group: t("nav.exceptions"),
        keys,
        // In the list they are about what is ticked there.
        within: () => document.querySelector(".desk .list-panel"),
        reason: mayNot ?? (way === undefined ? t("exception.bulkNone") : undefined),
        run: () => setPort(way),
      });
      return [choice("again", ["r"], again), choice("reject", ["x"], reject)];
    }, [t, mayNot, again, reject]),
  );
  const ask = async (dryRun: boolean, reason: string): Promise<BulkAnswer> =>
    answerOf(
      (await got(
        client.POST("/exceptions/bulk", {
          params: { header: onceKey() },
          body: {
            ...which,
            port: port ?? "",
            ...(dryRun ? { dry_run: true } : { reason }),
          },
        }),
      )) as Answer,
    );
  return (
    <>
      <BulkBar
        ticked={ticked.length}
        all={
          filtered && beyond
            ? { count: beyond.found, chosen: all, onChoose: () => setAll(true) }
            : undefined
        }
        unfiltered={!filtered && beyond !== undefined}
        onClear={props.onClear}
      >
        {ports.length === 0 && <span className="muted">{t("exception.bulkNone")}</span>}
        {ports.map((one) => (
          <Button key={one} size="s" reason={mayNot} onPress={() => setPort(one)}>
            {wordOf(one)}
          </Button>
        ))}
      </BulkBar>
      {port !== undefined && (
        <BulkDialog
          title={wordOf(port)}
          lead={
            all
              ? t("exception.bulkAllLead", { port: wordOf(port) })
              : t("exception.bulkLead", { count: ticked.length, port: wordOf(port) })
          }
          submit={wordOf(port)}
          askKey={JSON.stringify([port, which])}
          ask={ask}
          onClose={() => {
            setPort(undefined);
            props.onClear();
          }}
        />
      )}
    </>
  );
}
