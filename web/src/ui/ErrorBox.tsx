// What went wrong, in words: what, where, what to do next; with the trace for whoever helps.
import { AlertTriangle, Copy, RotateCw } from "lucide-react";
import { asProblem, type Problem } from "../api/problems.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";

function titleOf(problem: Problem, t: Translate): string {
  const key = `problem.${problem.code}`;
  if (isTextKey(key)) return t(key);
  if (problem.status < 500 && problem.title) {
    return problem.title.charAt(0).toUpperCase() + problem.title.slice(1);
  }
  return problem.status >= 500 ? t("problem.server") : t("problem.refused");
}

function remedyOf(problem: Problem, t: Translate): string | undefined {
  const key = `remedy.${problem.code}`;
  if (isTextKey(key)) return t(key);
  return problem.passing ? t("remedy.again") : undefined;
}

/** In one line, where there is room for no more. */
export function problemWords(error: unknown, t: Translate): string {
  const problem = asProblem(error);
  const remedy = remedyOf(problem, t);
  return remedy === undefined ? problem.message : `${titleOf(problem, t)}. ${remedy}`;
}

export interface ErrorBoxProps {
  error: unknown;
  onAgain?: (() => void) | undefined;
  /** In a form or a dialog: one line, no retry. */
  small?: boolean;
}

export function ErrorBox({ error, onAgain, small }: ErrorBoxProps) {
  const t = useText();
  const problem = asProblem(error);
  const remedy = remedyOf(problem, t);
  const { trace, faults } = problem;
  const copied = trace ?? (problem.technical ? problem.message : undefined);
  const told = !problem.technical && problem.message !== problem.title;
  return (
    <div className={small ? "error-box error-small" : "error-box"} role="alert">
      <AlertTriangle size={small ? 15 : 18} aria-hidden="true" />
      <div className="error-text">
        <strong>{titleOf(problem, t)}</strong>
        {told && <p className="foreign">{problem.message}</p>}
        {faults.length > 0 && (
          <ul className="error-faults">
            {faults.slice(0, 20).map((fault) => (
              <li key={`${fault.pointer} ${fault.message}`}>
                {fault.pointer && <code>{fault.pointer}</code>} {fault.message}
              </li>
            ))}
          </ul>
        )}
        {remedy && <p className="error-remedy">{remedy}</p>}
        {(onAgain || copied) && !small && (
          <div className="error-acts">
            {onAgain && (
              <Button size="s" icon={<RotateCw size={13} />} onPress={onAgain}>
                {t("act.again")}
              </Button>
            )}
            {copied && (
              <Button
                size="s"
                look="quiet"
                icon={<Copy size={13} />}
                onPress={() => void navigator.clipboard.writeText(copied)}
              >
                {trace ? t("problem.trace", { trace }) : t("problem.details")}
              </Button>
            )}
          </div>
        )}
      </div>
    </div>
  );
}
