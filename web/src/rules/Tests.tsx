/* The tests beside a rule: what it is called with, what must come, and what comes now. */
import { CheckCircle2, CircleDashed, Play, Plus, XCircle } from "lucide-react";
import { useEffect, useState } from "react";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { type JsonObject, objectOf, textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { changeTests } from "./changes.ts";
import { RulesProblem } from "./Faults.tsx";
import { type Piece, testsOf } from "./pieces.ts";
import { functionsOf } from "./references.ts";
import { TestForm } from "./TestForm.tsx";
import { inputMember, newTest, type Result } from "./tests.ts";
import { type Tested, useValueOf } from "./useRuleCheck.ts";

function inputText(test: JsonObject): string {
  const value = test[inputMember(test)];
  const text = value === undefined ? "" : typeof value === "string" ? value : writeJson(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function Mark({ result, stale }: { result: Result | undefined; stale: boolean }) {
  const t = useText();
  if (result === undefined || stale) {
    return (
      <CircleDashed size={15} className="muted" aria-label={t("rules.test.unknown")} role="img" />
    );
  }
  return result.passed ? (
    <CheckCircle2 size={15} className="tone-text-ok" aria-label={t("rules.test.ok")} role="img" />
  ) : (
    <XCircle size={15} className="tone-text-err" aria-label={t("rules.test.bad")} role="img" />
  );
}

export function TestSum({ tested, count }: { tested: Tested; count: number }) {
  const t = useText();
  if (tested.now === undefined || count === 0) {
    return <span className="muted">{t("rules.tests.count", { count })}</span>;
  }
  const failed = tested.now.filter((one) => !one.passed).length;
  return failed === 0 ? (
    <span className="tone-text-ok">{t("rules.tests.allPass", { count: tested.now.length })}</span>
  ) : (
    <span className="tone-text-err">
      {t("rules.tests.failing", { failed, count: tested.now.length })}
    </span>
  );
}

export function Tests({
  piece,
  tested,
  focus,
}: {
  piece: Piece;
  tested: Tested;
  focus: number | undefined;
}) {
  const editor = useEditor();
  const t = useText();
  const tests = useEdited((state) => testsOf(state.draft, piece));
  const readOnly = useEdited((state) => state.rulesReadOnly);
  const value = useValueOf(piece);
  const [open, setOpen] = useState<number | undefined>(focus);
  useEffect(() => {
    if (focus !== undefined) {
      setOpen(focus);
    }
  }, [focus]);
  const results = new Map(tested.now?.map((one) => [one.index, one]));
  const add = (): void => {
    const [first] = functionsOf(textOf(value) ?? "");
    const test = newTest(piece, t("rules.test.new", { number: tests.length + 1 }), first?.name);
    editor.run(changeTests(editor.getState().draft, piece, [...tests, test], "testAdd"));
    setOpen(tests.length);
  };
  return (
    <section className="rule-tests" aria-label={t("rules.tab.tests")}>
      <div className="side-tools">
        <span role="status">
          <TestSum tested={tested} count={tests.length} />
        </span>
        <span className="spacer" />
        {!readOnly && (
          <Button size="s" icon={<Plus size={14} />} onPress={add}>
            {t("rules.test.add")}
          </Button>
        )}
        <Button
          size="s"
          icon={<Play size={14} />}
          pending={tested.busy && tests.length > 0}
          disabled={tests.length === 0}
          onPress={tested.again}
        >
          {t("rules.tests.run")}
        </Button>
      </div>
      {tested.problem !== undefined && <RulesProblem problem={tested.problem} />}
      {tests.length === 0 && (
        <Empty title={t("rules.tests.none")}>{t("rules.tests.noneText")}</Empty>
      )}
      <ul className="test-list">
        {tests.map((json, i) => {
          const test = objectOf(json);
          const result = results.get(i);
          const stale = result !== undefined && result.name !== textOf(test.name);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a test is known by its place
            <li key={i} className={i === open ? "test-open" : undefined}>
              <button
                type="button"
                className="test-row"
                aria-expanded={i === open}
                onClick={() => setOpen(i === open ? undefined : i)}
              >
                <Mark result={result} stale={stale} />
                <span className="test-name truncate foreign">{textOf(test.name) ?? ""}</span>
                <code className="test-input truncate foreign">{inputText(test)}</code>
              </button>
              {i === open && (
                <TestForm
                  piece={piece}
                  at={i}
                  tests={tests}
                  result={stale ? undefined : result}
                  readOnly={readOnly}
                  onGone={() => setOpen(undefined)}
                />
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
