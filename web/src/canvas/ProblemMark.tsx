/* How many problems the draft has; pressed, it lists them. */
import { CircleAlert } from "lucide-react";
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
  const words =
    errors > 0
      ? t("canvas.problems", { count: errors })
      : t("canvas.warnings", { count: warnings });
  return (
    <Button
      look="quiet"
      className={errors > 0 ? "tone-text-err" : undefined}
      icon={<CircleAlert size={15} />}
      onPress={() =>
        editor.setState((state) => ({ panel: state.panel === "problems" ? undefined : "problems" }))
      }
    >
      {problems.length === 0 ? t("canvas.problems.zero") : words}
    </Button>
  );
}
