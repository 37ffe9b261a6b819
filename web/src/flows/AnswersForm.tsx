// The questions of a flow and of its parts with the answers that their drafts have; what is saved
// changes the drafts.
import { useState } from "react";
import type { components } from "../api/schema.d.ts";
import { useCan } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { textOf } from "../model/json.ts";
import { pointerOf } from "../model/pointer.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { type Answers, type Asked, answeredOf, askedIn } from "./parameters.ts";
import { Questions } from "./Questions.tsx";
import { type DraftChange, type Drafts, useChangeDrafts } from "./useDraft.ts";

type Rows = components["schemas"]["Checklist"]["questions"];

/** A question with the constants that its answer goes to; in the form it has a name of its own. */
interface SetUpQuestion extends Asked {
  constant: string;
  of: readonly string[];
}

/** Those whose drafts are all there: an answer goes to each of them. */
function questionsOf(rows: Rows, drafts: Drafts): SetUpQuestion[] {
  const all = new Map([...drafts].map(([flow, { draft }]) => [flow, askedIn(draft)]));
  return rows.flatMap(({ name, of }) => {
    const [first = ""] = of;
    const isWhole = of.every((flow) => all.has(flow));
    const asked = isWhole ? all.get(first)?.find((one) => one.name === name) : undefined;
    return asked ? [{ ...asked, name: `${first} ${name}`, constant: name, of }] : [];
  });
}

/** In the order of the flows, each with what was not asked for one before it. */
function sectionsOf(questions: readonly SetUpQuestion[], flow: string) {
  const sections = new Map<string, SetUpQuestion[]>();
  for (const one of questions) {
    const owner = one.of.includes(flow) ? flow : (one.of[0] ?? flow);
    sections.set(owner, [...(sections.get(owner) ?? []), one]);
  }
  return [...sections];
}

function changesOf(
  changed: readonly SetUpQuestion[],
  values: NonNullable<ReturnType<typeof answeredOf>>,
): DraftChange[] {
  const flows = new Set(changed.flatMap((one) => one.of));
  return [...flows].map((flow) => ({
    flow,
    ops: changed
      .filter((one) => one.of.includes(flow))
      .map((one) => ({
        op: "replace",
        path: pointerOf(["flow", "vars", one.constant]),
        value: values[one.name] ?? null,
      })),
  }));
}

export function AnswersForm(props: { flow: string; rows: Rows; drafts: Drafts; isLive: boolean }) {
  const { flow, drafts, isLive } = props;
  const t = useText();
  const mayWrite = useCan("flows.write");
  const change = useChangeDrafts(drafts);
  const [answers, setAnswers] = useState<Answers>({});
  const [asking, error, ask] = useAsking();
  const asked = questionsOf(props.rows, drafts);
  if (asked.length === 0) return null;
  const changed = asked.filter(
    (one) => answers[one.name] !== undefined && answers[one.name] !== one.value,
  );
  const values = answeredOf(changed, answers);
  const save = async (given: NonNullable<typeof values>) => {
    await change(changesOf(changed, given));
    setAnswers({});
    tell(t(isLive ? "setup.answersLive" : "setup.answersSaved"));
  };
  return (
    <form
      className="stack setup-inside"
      onSubmit={(event) => {
        event.preventDefault();
        if (values && changed.length > 0) ask(() => save(values));
      }}
    >
      {sectionsOf(asked, flow).map(([owner, questions]) => {
        const name = textOf(drafts.get(owner)?.draft.flow.name) ?? owner;
        return (
          <section key={owner} className="stack">
            <h3>{owner === flow ? t("setup.answers") : t("setup.answersOf", { flow: name })}</h3>
            <Questions
              tellsAll
              asked={questions}
              answers={answers}
              readOnly={!mayWrite}
              onAnswers={setAnswers}
            />
          </section>
        );
      })}
      {error !== undefined && <ErrorBox small error={error} />}
      {changed.length > 0 && (
        <div className="row">
          <Button look="primary" type="submit" pending={asking} disabled={values === undefined}>
            {t("setup.saveAnswers")}
          </Button>
        </div>
      )}
    </form>
  );
}
