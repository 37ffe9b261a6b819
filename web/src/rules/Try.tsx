/* The rule on real samples: what it gives now, beside what the live version gives. */
import { FlaskConical, History } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { useRegistry } from "../keys/registry.ts";
import { textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { changeTests } from "./changes.ts";
import { RulesProblem } from "./Faults.tsx";
import { type Piece, testsOf } from "./pieces.ts";
import { functionsOf } from "./references.ts";
import { TreeDiff } from "./TreeDiff.tsx";
import type { Outcome } from "./tests.ts";
import { callsOf } from "./used.ts";
import { useValueOf } from "./useRuleCheck.ts";
import { useSurvey } from "./useSurvey.ts";
import {
  defaultCall,
  sameOutcome,
  type Tried,
  testFrom,
  useHits,
  useTried,
  useTries,
} from "./useTry.ts";

function outcomeText(one: Outcome | undefined): string {
  if (one === undefined) {
    return "";
  }
  const text = one.error ?? (one.value === undefined ? "nil" : writeJson(one.value));
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function OutcomeCell({ one, stale }: { one: Outcome | undefined; stale: boolean }) {
  return (
    <td
      className={cx("mono foreign", one?.error !== undefined && "tone-text-err", stale && "stale")}
    >
      <span className="try-value">{outcomeText(one)}</span>
    </td>
  );
}

/** The call that is tried: the chosen one, else the first that the draft changes. */
function useCall(piece: Piece, tried: readonly Tried[]) {
  const draft = useEdited((state) => state.draft);
  const value = useValueOf(piece);
  const calls = useSameTexts(useMemo(() => callsOf(draft, piece), [draft, piece]));
  const survey = useSurvey(calls, tried);
  const [own, setOwn] = useState<string>();
  const [func] = functionsOf(textOf(value) ?? "");
  const changing = calls.filter((one) => (survey?.get(one) ?? 0) > 0);
  const call = own ?? changing[0] ?? calls[0] ?? defaultCall(piece, func?.name);
  return { call, calls, survey, changing: changing.length, setCall: setOwn };
}

/** The same list while the calls are the same: a question is asked once. */
function useSameTexts(calls: readonly { call: string }[]): readonly string[] {
  const key = JSON.stringify(calls.map((one) => one.call));
  return useMemo(() => JSON.parse(key) as string[], [key]);
}

function Chosen({
  piece,
  call,
  one,
  before,
  after,
}: {
  piece: Piece;
  call: string;
  one: Tried;
  before: Outcome | undefined;
  after: Outcome;
}) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const [problem, setProblem] = useState<unknown>();
  const make = async (): Promise<void> => {
    try {
      const { flow } = editor.getState();
      const test = await testFrom(flow, piece, call, one, after);
      const { draft } = editor.getState();
      editor.run(changeTests(draft, piece, [...testsOf(draft, piece), test], "testAdd"));
      editor.say({ id: "rules.try.made", values: { name: one.label } });
      setProblem(undefined);
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <div className="try-chosen">
      {after.error !== undefined ? (
        <p className="tone-text-err foreign">{after.error}</p>
      ) : (
        <TreeDiff before={before === undefined ? after.value : before.value} after={after.value} />
      )}
      {problem !== undefined && <ErrorBox error={problem} small />}
      {!readOnly && (
        <Button size="s" icon={<FlaskConical size={14} />} onPress={() => void make()}>
          {t("rules.try.make")}
        </Button>
      )}
    </div>
  );
}

export function Try({
  piece,
  onHits,
}: {
  piece: Piece;
  onHits: (rows: readonly number[]) => void;
}) {
  const t = useText();
  const { tried, busy } = useTried(piece);
  const { call, calls, survey, changing, setCall } = useCall(piece, tried);
  const { live, before, after } = useTries(call, tried);
  const backtest = useRegistry((state) => state.commands.get("canvas.backtest"));
  const [chosen, setChosen] = useState<string>();
  const at = Math.max(
    0,
    tried.findIndex((one) => one.id === chosen),
  );
  const one = tried[at];
  const hits = useHits(piece, call, one);
  useEffect(() => {
    onHits(hits);
    return () => onHits([]);
  }, [hits, onHits]);
  const isChanged = (i: number): boolean =>
    live &&
    before.now?.[i] !== undefined &&
    after.now?.[i] !== undefined &&
    !sameOutcome(before.now[i], after.now[i]);
  const changed = tried.filter((_, i) => isChanged(i)).length;
  const problem = after.problem ?? before.problem;
  return (
    <section className="rule-try" aria-label={t("rules.tab.try")}>
      <div className="try-call">
        {calls.length > 1 && (
          <Select
            label={t("rules.try.calls")}
            value={calls.includes(call) ? call : undefined}
            choices={calls.map((other) => {
              const changed = survey?.get(other) ?? 0;
              const label =
                changed > 0 ? t("rules.try.callChanged", { changed, call: other }) : other;
              return { value: other, label };
            })}
            onChange={setCall}
          />
        )}
        {survey !== undefined && (
          <p role="status" className={changing > 0 ? "tone-text-warn" : "muted"}>
            {t("rules.try.survey", { changed: changing, count: calls.length })}
          </p>
        )}
        <TextField label={t("rules.try.call")} mono value={call} onChange={setCall} />
      </div>
      {problem !== undefined && <RulesProblem problem={problem} />}
      {tried.length === 0 ? (
        !busy && <Empty title={t("rules.try.none")}>{t("rules.try.noneText")}</Empty>
      ) : (
        <>
          <div className="try-sum">
            <p role="status">
              {after.now === undefined
                ? " "
                : live
                  ? t("rules.try.changed", { changed, count: tried.length })
                  : t("rules.try.notLive", { count: tried.length })}
            </p>
            {backtest !== undefined && backtest.reason === undefined && (
              <Button size="s" icon={<History size={14} />} onPress={backtest.run}>
                {backtest.title}
              </Button>
            )}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <div className="try-list" tabIndex={0}>
            <table className="try">
              <thead>
                <tr>
                  <th scope="col">{t("rules.try.sample")}</th>
                  {live && <th scope="col">{t("rules.try.before")}</th>}
                  <th scope="col">{t("rules.try.after")}</th>
                </tr>
              </thead>
              <tbody>
                {tried.map((each, i) => (
                  <tr
                    key={each.id}
                    className={cx(i === at && "try-at", isChanged(i) && "try-changed")}
                  >
                    <th scope="row">
                      <button
                        type="button"
                        className="try-name foreign"
                        aria-pressed={i === at}
                        onClick={() => setChosen(each.id)}
                      >
                        {each.label}
                      </button>
                      {isChanged(i) && <span className="try-mark">{t("rules.diff.changed")}</span>}
                    </th>
                    {live && <OutcomeCell one={before.now?.[i]} stale={before.busy} />}
                    <OutcomeCell one={after.now?.[i]} stale={after.busy} />
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {one !== undefined && after.now?.[at] !== undefined && (
            <Chosen
              piece={piece}
              call={call}
              one={one}
              before={live ? before.now?.[at] : undefined}
              after={after.now[at]}
            />
          )}
        </>
      )}
    </section>
  );
}
