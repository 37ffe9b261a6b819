/* What the program says is wrong with a rule, below it; each leads to its place. */
import { AlertTriangle, CircleAlert, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import type { Fault } from "../model/faults.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Faulty } from "./server.ts";
import type { Asked } from "./useRuleCheck.ts";

/** Why tests and samples cannot be run just now. */
export function RulesProblem({ problem }: { problem: unknown }) {
  const t = useText();
  if (!(problem instanceof Faulty)) {
    return <ErrorBox error={problem} small />;
  }
  return (
    <div className="rule-halted" role="status">
      <p>{t("rules.halted")}</p>
      <ul>
        {problem.faults.slice(0, 5).map((fault, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two faults may be alike
          <li key={`${fault.file} ${i}`} className="foreign">
            <code>
              {fault.file}
              {fault.file.endsWith(".lua") && fault.line !== undefined && `:${fault.line}`}
            </code>{" "}
            {fault.message}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Faults({
  asked,
  onGo,
  more,
}: {
  asked: Asked<Fault[]>;
  onGo: (fault: Fault) => void;
  more?: (fault: Fault) => ReactNode;
}) {
  const t = useText();
  const faults = asked.now ?? [];
  if (asked.problem !== undefined) {
    return <ErrorBox error={asked.problem} small />;
  }
  return (
    <section className="rule-faults" aria-label={t("rules.faults")}>
      {faults.length === 0 ? (
        <p className="rule-fine" role="status">
          {asked.now !== undefined && (
            <>
              <CircleCheck size={14} aria-hidden="true" className="tone-text-ok" />
              {t("rules.fine")}
            </>
          )}
        </p>
      ) : (
        <ul>
          {faults.map((fault, i) => {
            const Icon = fault.warning ? AlertTriangle : CircleAlert;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: two faults may be alike
              <li key={`${fault.message} ${i}`}>
                <button type="button" className="rule-fault" onClick={() => onGo(fault)}>
                  <Icon
                    size={14}
                    aria-hidden="true"
                    className={fault.warning ? "tone-text-warn" : "tone-text-err"}
                  />
                  {fault.file.endsWith(".lua") && fault.line !== undefined && (
                    <span className="rule-place num">
                      {t("rules.line", { line: fault.line, column: fault.column ?? 1 })}
                    </span>
                  )}
                  <span className="foreign">{fault.message}</span>
                </button>
                {more?.(fault)}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
