// What it may belong to, as a table; taking one over answers the form.
import { useText } from "../i18n/text.tsx";
import { type JsonObject, textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { candidateColumns } from "./exceptions.ts";

export function Candidates(props: {
  candidates: JsonObject[];
  onTake: ((candidate: JsonObject) => void) | undefined;
}) {
  const t = useText();
  const columns = candidateColumns(props.candidates);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className="framed candidates" tabIndex={0} aria-label={t("exception.candidates")}>
      <table className="diff">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className="foreign">
                {column}
              </th>
            ))}
            {props.onTake && (
              <th scope="col">
                <span className="visually-hidden">{t("list.acts")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.candidates.map((candidate, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: candidates have no other name
            <tr key={at}>
              {columns.map((column) => {
                const value = candidate[column];
                return (
                  <td key={column} className="foreign num">
                    {value === undefined ? "" : (textOf(value) ?? writeJson(value))}
                  </td>
                );
              })}
              {props.onTake && (
                <td>
                  <Button size="s" onPress={() => props.onTake?.(candidate)}>
                    {t("exception.takeOver")}
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
