// Who has decided what of a step, when, and why.
import { isTextKey, useText } from "../i18n/text.tsx";
import { arrayOf, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { Moment } from "../ui/Moment.tsx";

export function Decisions({ step }: { step: JsonObject }) {
  const t = useText();
  const decisions = arrayOf(step.decisions).map(objectOf);
  if (decisions.length === 0) return null;
  return (
    <section>
      <h3>{t("step.decisions")}</h3>
      <ol className="plain-list">
        {decisions.map((one) => {
          const [by, port, reason] = [one.by, one.port, one.reason].map(
            (word) => textOf(word) ?? "",
          );
          const key = `exception.port.${port}`;
          return (
            <li key={`${by} ${port}`}>
              {t("exception.chose", { by, port: isTextKey(key) ? t(key) : port })}{" "}
              <Moment at={textOf(one.at)} /> {reason !== "" && <q className="foreign">{reason}</q>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
