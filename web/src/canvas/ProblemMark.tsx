/* How many problems the draft has; pressed, it lists them. */
import { AlertTriangle, CircleAlert, CircleCheck } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { useEdited, useEditor } from "./context.tsx";
import { problemsOf } from "./store.ts";

export function ProblemMark() {
  const editor = useEditor();
  const t = useText();
  const problems = useEdited(problemsOf);
  const errors = problems.filter((problem) => !problem.warning).length;
  const warnings = problems.length - errors;
  let Icon = CircleCheck;
  let words = t("canvas.problems.zero");
  if (errors > 0) {
    Icon = CircleAlert;
    words = t("canvas.problems", { count: errors });
  } else if (warnings > 0) {
    Icon = AlertTriangle;
    words = t("canvas.warnings", { count: warnings });
  }
  return (
    <Button
      look="quiet"
      className={errors > 0 ? "tone-text-err" : warnings > 0 ? "tone-text-warn" : undefined}
      icon={<Icon size={15} />}
      onPress={() =>
        editor.setState((state) => ({ panel: state.panel === "problems" ? undefined : "problems" }))
      }
    >
      {words}
    </Button>
  );
}
