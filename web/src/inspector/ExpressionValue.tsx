/* What an expression gives on the chosen sample, by the program's own evaluator. */
import { useText } from "../i18n/text.tsx";
import { type JsonObject, objectOf } from "../model/json.ts";
import { stepNames, wordsOf } from "../model/lua.ts";
import type { Evaluated } from "./evaluate.ts";
import { short } from "./sample.ts";

/** It reads what no sample has: then a fault says nothing about the expression. */
export function lacks(source: string, context: JsonObject): boolean {
  const steps = objectOf(context.steps);
  const names = wordsOf(source).filter((word) => word.kind === "name");
  return (
    (context.trigger === undefined && names.some((word) => word.text === "trigger")) ||
    stepNames(source).some((name) => steps[name.id] === undefined)
  );
}

interface Props {
  readonly source: string;
  readonly now: Evaluated | undefined;
  readonly busy: boolean;
  readonly blind: boolean /* the sample lacks what it reads */;
}

export function ExpressionValue({ source, now, busy, blind }: Props) {
  const t = useText();
  if (blind) {
    return <p className="value-line value-stale">{t("inspector.eval.noSample")}</p>;
  }
  if (now === undefined) {
    return <p className="value-line">{busy ? t("inspector.eval.busy") : " "}</p>;
  }
  const stale = busy || now.source !== source;
  const words = now.fault ?? (now.value === undefined ? "nil" : short(now.value));
  return (
    <p
      className={`value-line${now.fault === undefined ? "" : " value-fault"}${stale ? " value-stale" : ""}`}
      role="status"
    >
      <span aria-hidden="true">→</span> <code className="foreign">{words}</code>
      {now.type !== undefined && now.value !== undefined && now.fault === undefined && (
        <span className="value-type foreign">{now.type}</span>
      )}
    </p>
  );
}
