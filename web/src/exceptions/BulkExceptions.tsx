// Many exceptions decided alike: the ways out that all of the ticked ones have.
import { useMemo, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { BulkActs, BulkDialog, bulkAnswer } from "../app/Bulk.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import type { Exception } from "./exceptions.ts";
import { againOf, rejectOf, wayOf } from "./ways.ts";

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
  const { ticked } = props;
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
  return (
    <BulkActs
      list="exceptions"
      ids={ticked.map((one) => one.id)}
      filter={props.filter}
      beyond={props.beyond}
      acts={ports.map((one) => ({ id: one, label: wordOf(one), reason: mayNot }))}
      none={t("exception.bulkNone")}
      open={port}
      onOpen={setPort}
      onClear={props.onClear}
      dialog={(way, which, onClose) => (
        <BulkDialog
          title={wordOf(way)}
          lead={
            "filter" in which
              ? t("exception.bulkAllLead", { port: wordOf(way) })
              : t("exception.bulkLead", { count: ticked.length, port: wordOf(way) })
          }
          submit={wordOf(way)}
          askKey={JSON.stringify([way, which])}
          ask={async (dryRun, reason) =>
            bulkAnswer(
              await got(
                client.POST("/exceptions/bulk", {
                  params: { header: onceKey() },
                  body: { ...which, port: way, ...(dryRun ? { dry_run: true } : { reason }) },
                }),
              ),
              "exceptions",
              "exception",
            )
          }
          onClose={onClose}
        />
      )}
    />
  );
}
