/* In the dialog that publishes: whether the tests of the rules pass, and where those that do not are. */
import { CheckCircle2, XCircle } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { objectOf } from "../model/json.ts";
import { Spinner } from "../ui/Spinner.tsx";
import { RulesProblem } from "./Faults.tsx";
import { type Piece, piecesOf, testsKey } from "./pieces.ts";
import { useGoToRule } from "./place.ts";
import { runTests } from "./server.ts";
import { type Result, rulesBundle } from "./tests.ts";
import { useAsked, useRulesOf } from "./useRuleCheck.ts";

function pieceOf(pieces: readonly Piece[], result: Result): Piece | undefined {
  return pieces.find((piece) => `${testsKey(piece)}.test.json` === result.file);
}

export default function PublishTests({
  onFailing,
  onGo,
}: {
  onFailing: (count: number) => void;
  onGo: () => void;
}) {
  const t = useText();
  const go = useGoToRule();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const tests = useEdited((state) => state.draft.tests);
  const rules = useRulesOf();
  const ask = useMemo(
    () =>
      Object.keys(objectOf(tests)).length === 0
        ? undefined
        : (signal: AbortSignal) => runTests(flow, rulesBundle(rules, objectOf(tests)), signal),
    [flow, rules, tests],
  );
  const { now, busy, problem } = useAsked(ask);
  const failing = now?.filter((one) => !one.passed) ?? [];
  useEffect(() => onFailing(failing.length), [failing.length, onFailing]);
  if (problem !== undefined) {
    return <RulesProblem problem={problem} />;
  }
  if (ask === undefined) {
    return <p className="muted">{t("rules.publish.none")}</p>;
  }
  if (now === undefined || busy) {
    return (
      <p className="publish-tests muted" role="status">
        <Spinner /> {t("rules.publish.busy")}
      </p>
    );
  }
  if (failing.length === 0) {
    return (
      <p className="publish-tests tone-text-ok" role="status">
        <CheckCircle2 size={15} aria-hidden="true" />
        {t("rules.tests.allPass", { count: now.length })}
      </p>
    );
  }
  const pieces = piecesOf(draft);
  return (
    <section className="publish-failing" aria-label={t("rules.publish.failing")}>
      <p className="publish-tests tone-text-err" role="alert">
        <XCircle size={15} aria-hidden="true" />
        {t("rules.tests.failing", { failed: failing.length, count: now.length })}
      </p>
      <ul>
        {failing.map((one) => {
          const piece = pieceOf(pieces, one);
          return (
            <li key={`${one.file} ${one.index}`}>
              <button
                type="button"
                className="publish-test"
                onClick={() => {
                  onGo();
                  go(piece, { test: one.index });
                }}
              >
                <strong className="foreign">{one.name}</strong>
                <span className="foreign">{one.text}</span>
                <code className="foreign">{one.file}</code>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
