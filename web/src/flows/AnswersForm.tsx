// The questions of a flow with the answers that its draft has; what is saved changes the draft.
import { useState } from "react";
import { useCan } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { pointerOf } from "../model/pointer.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { type Answers, answeredOf, askedIn } from "./parameters.ts";
import { Questions } from "./Questions.tsx";
import { useChangeDraft, useDraft } from "./useDraft.ts";

export function AnswersForm({ flow, isLive }: { flow: string; isLive: boolean }) {
  const t = useText();
  const mayWrite = useCan("flows.write");
  const draft = useDraft(flow).data;
  const change = useChangeDraft(flow, draft?.revision);
  const [answers, setAnswers] = useState<Answers>({});
  const [asking, error, ask] = useAsking();
  const asked = askedIn(draft?.draft);
  if (asked.length === 0) return null;
  const changed = asked.filter(
    (one) => answers[one.name] !== undefined && answers[one.name] !== one.value,
  );
  const values = answeredOf(changed, answers);
  const save = async (given: NonNullable<typeof values>) => {
    await change(
      Object.entries(given).map(([name, value]) => ({
        op: "replace",
        path: pointerOf(["flow", "vars", name]),
        value,
      })),
    );
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
      <h3>{t("setup.answers")}</h3>
      <Questions asked={asked} answers={answers} readOnly={!mayWrite} onAnswers={setAnswers} />
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
