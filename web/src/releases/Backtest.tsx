/* What a draft or a version would have made of the last runs. */
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { DiffTable, diffRow } from "../ui/DiffTable.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { type Changed, type Held, sumOf, type Told, useBacktest } from "./backtest.ts";
import { useEnvironments } from "./queries.ts";
import "./releases.css";

const COUNTS = ["20", "50", "100", "200"];

/** Posted by the flow's own `money`, before and now, of the runs that both have told. */
function Money({ held }: { held: readonly Held[] }) {
  const t = useText();
  const before = sumOf(held.map((one) => one.money[0]));
  const after = sumOf(held.map((one) => one.money[1]));
  const currencies = [...new Set([...before.keys(), ...after.keys()])].sort();
  if (currencies.length === 0) {
    return null;
  }
  return (
    <table className="diff">
      <caption>{t("backtest.money")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("backtest.currency")}</th>
          <th scope="col">{t("backtest.before")}</th>
          <th scope="col">{t("backtest.after")}</th>
        </tr>
      </thead>
      <tbody>
        {currencies.map((currency) => {
          const [was = "0", is = "0"] = [before.get(currency), after.get(currency)];
          return (
            <tr key={currency} className={was === is ? undefined : "diff-changed"}>
              <th scope="row">{currency}</th>
              <td className="num">{was}</td>
              <td className="num">{is}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function HeldRun({ held }: { held: Held }) {
  const t = useText();
  const [was, is] = held.status;
  const place = ({ what, told }: Held["changes"][number]): string =>
    [t(`backtest.what.${what}`), textOf(told.step), textOf(told.pointer)]
      .filter(Boolean)
      .join(" · ");
  return (
    <details className="backtest-run">
      <summary>
        <span className="mono foreign">{held.key ?? held.run}</span>
        <Moment at={held.receivedAt} />
        <span>
          {was === is
            ? t("backtest.changes", { count: held.changes.length })
            : t("backtest.ends", {
                was: t(`run.status.${was}`),
                is: t(`run.status.${is}`),
              })}
        </span>
      </summary>
      {!held.alike && <p className="tone-text-warn">{t("backtest.unlike")}</p>}
      <DiffTable
        rows={held.changes.map((change) => {
          const where = place(change);
          return { ...diffRow(change.told), key: where, place: where };
        })}
        names={[t("backtest.before"), t("backtest.after")]}
      />
      {held.more && <p className="muted">{t("compare.more")}</p>}
      <a href={`/runs/${held.run}`} target="_blank" rel="noreferrer">
        {t("backtest.open")}
      </a>
    </details>
  );
}

function Outcome({ now }: { now: Told }) {
  const t = useText();
  const differ = now.held.filter((one) => !one.same);
  const done = now.held.length + now.refused.length;
  const unlike = now.held.filter((one) => one.same && !one.alike).length;
  if (now.runs === 0 && !now.busy && now.problem === undefined) {
    return <p className="muted">{t("backtest.none")}</p>;
  }
  return (
    <section className="backtest" aria-label={t("backtest.title")}>
      <progress max={Math.max(now.runs, 1)} value={done} aria-label={t("backtest.title")} />
      <p role="status">
        {t("backtest.sum", {
          done,
          runs: now.runs,
          same: now.held.length - differ.length,
          differ: differ.length,
        })}
      </p>
      {unlike > 0 && <p className="muted">{t("backtest.unlikeSame", { count: unlike })}</p>}
      {now.problem !== undefined && <ErrorBox error={now.problem} small />}
      <Money held={now.held} />
      {differ.map((one) => (
        <HeldRun key={one.run} held={one} />
      ))}
      {now.refused.length > 0 && (
        <details>
          <summary>{t("backtest.refused", { count: now.refused.length })}</summary>
          <ul>
            {now.refused.map(({ run, why }) => (
              <li key={run.run} className="foreign">
                {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Chosen, begun, and what comes of it. */
export function Backtest({ flow, changed }: { flow: string; changed: Changed }) {
  const t = useText();
  const environments = useEnvironments();
  const [where, setWhere] = useState("production");
  const [count, setCount] = useState("50");
  const { now, begin, stop } = useBacktest(flow, changed);
  const places = environments.data ?? [{ environment: where, title: undefined }];
  return (
    <>
      <p>{t("backtest.text")}</p>
      <div className="backtest-asked">
        <Select
          label={t("run.environment")}
          value={where}
          choices={places.map((one) => ({
            value: one.environment,
            label: one.title ?? one.environment,
          }))}
          onChange={setWhere}
        />
        <Select
          label={t("backtest.count")}
          value={count}
          choices={COUNTS.map((value) => ({ value, label: value }))}
          onChange={setCount}
        />
        {now?.busy ? (
          <Button onPress={stop}>{t("backtest.stop")}</Button>
        ) : (
          <Button onPress={() => void begin(where, Number(count))}>{t("backtest.begin")}</Button>
        )}
      </div>
      {now !== undefined && <Outcome now={now} />}
    </>
  );
}
