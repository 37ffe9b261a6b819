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

/** Above a list in which something is ticked: how many, what can be done with them. */
export function BulkBar(props: {
  ticked: number;
  /** Offered when the filter finds more than is ticked. */
  all?: { count: number | undefined; chosen: boolean; onChoose: () => void } | undefined;
  /** There are more, and no filter says which. */
  unfiltered?: boolean;
  children: ReactNode;
  onClear: () => void;
}) {
  const t = useText();
  const { all } = props;
  return (
    <div className="bulk-bar" role="toolbar" aria-label={t("bulk.bar")}>
      <span role="status">
        {all?.chosen
          ? t(...wordOfAll("bulk.allChosen", all.count))
          : t("bulk.chosen", { count: props.ticked })}
      </span>
      {all && !all.chosen && (
        <button type="button" className="link" onClick={all.onChoose}>
          {t(...wordOfAll("bulk.chooseAll", all.count))}
        </button>
      )}
      {props.unfiltered && <span className="muted">{t("bulk.unfiltered")}</span>}
      <span className="spacer" />
      {props.children}
      <Button size="s" look="quiet" onPress={props.onClear}>
        {t("bulk.clear")}
      </Button>
    </div>
  );
}
