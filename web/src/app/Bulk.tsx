// An act on many things at once: what would come of each is asked first, then it is done, and what
// was refused stays to be read.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useSession } from "../api/session.ts";
import { count } from "../i18n/format.ts";
import { type TextKey, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { JobProgress } from "./Job.tsx";
import { ReasonForm } from "./ReasonForm.tsx";

export interface BulkItem {
  id: string;
  refused: string | undefined;
}

export interface BulkAnswer {
  items: BulkItem[];
  done: number;
  refused: number;
  /** The filter finds others than these. */
  more: boolean;
}

/** Very many are done beside everything else. */
export type BulkTold = BulkAnswer | { job: string };

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

/** The program's answer: in a list, each with its id, and why not. */
export function bulkAnswer(told: object, list: string, id: string): BulkTold {
  const own = told as Record<string, unknown>;
  if (typeof own.job === "string") return { job: own.job };
  const items = Array.isArray(own[list]) ? (own[list] as Record<string, unknown>[]) : [];
  return {
    items: items.map((one) => ({
      id: text(one.name) ?? String(one[id]),
      refused: text(one.refused),
    })),
    done: Number(own.done ?? 0),
    refused: Number(own.refused ?? 0),
    more: own.more === true,
  };
}

const REFUSALS_SHOWN = 50;

/** What was refused, those with the same reason together. */
function Refusals({ items }: { items: readonly BulkItem[] }) {
  const t = useText();
  const causes = new Map<string, string[]>();
  for (const item of items) {
    if (item.refused === undefined) continue;
    const known = causes.get(item.refused);
    if (known) known.push(item.id);
    else causes.set(item.refused, [item.id]);
  }
  return (
    <ul className="plain-list bulk-refusals">
      {[...causes].slice(0, REFUSALS_SHOWN).map(([cause, ids]) => (
        <li key={cause}>
          <Badge tone="warn">{t("bulk.refusedCount", { count: ids.length })}</Badge>{" "}
          <span className="foreign">{cause}</span>{" "}
          <span className="muted mono">{ids.slice(0, 3).join(", ")}</span>
        </li>
      ))}
    </ul>
  );
}

function Told({ answer, would }: { answer: BulkAnswer; would: boolean }) {
  const t = useText();
  const words = would ? "bulk.would" : "bulk.done";
  return (
    <div className="stack">
      <p role="status">
        <Badge tone={answer.done > 0 ? "ok" : "off"}>
          {t(words, { count: answer.done, of: count(answer.items.length) })}
        </Badge>
      </p>
      {answer.refused > 0 && <Refusals items={answer.items} />}
      {answer.more && <p className="muted">{t("bulk.more")}</p>}
    </div>
  );
}

export function BulkDialog(props: {
  title: string;
  lead: ReactNode;
  submit: string;
  danger?: boolean;
  /** Nobody is asked why. */
  bare?: boolean;
  /** Settings of the act; the dry run is asked anew when `ask` has another key. */
  children?: ReactNode;
  askKey: string;
  ask: (dryRun: boolean, reason: string) => Promise<BulkTold>;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  const [told, setTold] = useState<BulkTold>();
  const plan = useQuery({
    queryKey: [workspace, "bulk", props.askKey],
    staleTime: 0,
    gcTime: 0,
    queryFn: () => props.ask(true, "") as Promise<BulkAnswer>, // a dry run is no job
  });
  let refused: string | undefined;
  if (!plan.data) refused = t("bulk.looking");
  else if (plan.data.done === 0) refused = t("bulk.none");
  return (
    <Dialog title={props.title} open onClose={props.onClose} closeLabel={t("act.close")}>
      {told ? (
        <div className="stack">
          {"job" in told ? <JobProgress id={told.job} /> : <Told answer={told} would={false} />}
          <div className="row dialog-acts">
            <Button look="primary" autoFocus onPress={props.onClose}>
              {t("act.close")}
            </Button>
          </div>
        </div>
      ) : (
        <ReasonForm
          lead={props.lead}
          submit={props.submit}
          danger={props.danger ?? false}
          bare={props.bare ?? false}
          refused={refused}
          onClose={props.onClose}
          onSubmit={async (reason) => {
            setTold(await props.ask(false, reason));
            await queries.invalidateQueries();
          }}
        >
          {props.children}
          {plan.error && <ErrorBox small error={plan.error} />}
          {plan.data && <Told answer={plan.data} would />}
          {plan.isPending && <Skeleton label={t("state.loading")} lines={2} />}
        </ReasonForm>
      )}
    </Dialog>
  );
}

/** How many a filter finds is not always known: the dry run says it. */
function wordOfAll(
  word: "bulk.allChosen" | "bulk.chooseAll",
  found: number | undefined,
): [TextKey, { count: number }?] {
  if (found !== undefined) return [word, { count: found }];
  return [word === "bulk.allChosen" ? "bulk.allChosenSome" : "bulk.chooseAllSome"];
}

/** What may be chosen beyond the ticked ones: undefined where the filters find no more. */
export function beyond(
  ticked: number,
  pages: { total: number | undefined; more: unknown },
): { found: number | undefined } | undefined {
  const more = pages.total === undefined ? pages.more !== undefined : pages.total > ticked;
  return more ? { found: pages.total } : undefined;
}

export interface BulkAct {
  id: string;
  label: string;
  /** Why it may not be done. */
  reason?: string | undefined;
}

/** By ids in a member of that name, or those that a filter finds. */
export type Which = Record<string, readonly string[] | Record<string, string>>;

/** Above a list in which something is ticked: how many, and what can be done with them. */
export function BulkActs(props: {
  /** What the program calls a list of their ids. */
  list: string;
  ids: readonly string[];
  /** What the list is filtered by; undefined: by something that cannot be said of many. */
  filter: Record<string, string> | undefined;
  beyond: { found: number | undefined } | undefined;
  acts: readonly BulkAct[];
  /** Which act is being asked about. */
  open: string | undefined;
  onOpen: (act: string | undefined) => void;
  dialog: (act: string, which: Which, onClose: () => void) => ReactNode;
  /** Why there is none. */
  none?: string;
  onClear: () => void;
}) {
  const t = useText();
  const [all, setAll] = useState(false);
  const { ids, filter, beyond } = props;
  const filtered = filter !== undefined && Object.keys(filter).length > 0;
  const which: Which = all && filter ? { filter } : { [props.list]: ids };
  return (
    <>
      <div className="bulk-bar" role="toolbar" aria-label={t("bulk.bar")}>
        <span role="status">
          {all
            ? t(...wordOfAll("bulk.allChosen", beyond?.found))
            : t("bulk.chosen", { count: ids.length })}
        </span>
        {filtered && beyond && !all && (
          <button type="button" className="link" onClick={() => setAll(true)}>
            {t(...wordOfAll("bulk.chooseAll", beyond.found))}
          </button>
        )}
        {!filtered && beyond && <span className="muted">{t("bulk.unfiltered")}</span>}
        <span className="spacer" />
        {props.acts.length === 0 && <span className="muted">{props.none}</span>}
        {props.acts.map((act) => (
          <Button key={act.id} size="s" reason={act.reason} onPress={() => props.onOpen(act.id)}>
            {act.label}
          </Button>
        ))}
        <Button size="s" look="quiet" onPress={props.onClear}>
          {t("bulk.clear")}
        </Button>
      </div>
      {props.open !== undefined &&
        props.dialog(props.open, which, () => {
          props.onOpen(undefined);
          props.onClear();
        })}
    </>
  );
}
