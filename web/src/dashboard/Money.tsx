// What runs moved, by currency: posted, not posted (where a flow tells it), failed, and what waits now. Amounts are
// exact, and texts.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { amountIn } from "../i18n/amounts.ts";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Panel } from "../ui/Panel.tsx";

const EVERY_MS = 15_000;
const KINDS = ["posted", "not_posted", "failed", "waiting"] as const;
const RUNS = {
  posted: "/runs?status=succeeded&period=d",
  not_posted: "/runs?status=succeeded&period=d",
  failed: "/runs?status=failed&period=d",
  waiting: "/runs?status=active,waiting,in_doubt",
};

export function Money() {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["run"], "money");
  const query = useQuery({
    queryKey: [workspace, "money"],
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) =>
      got(client.GET("/money", { params: { query: { step: "1h" } }, signal })),
  });
  const { data, error } = query;
  if (error && !data) return <ErrorBox error={error} small onAgain={() => void query.refetch()} />;
  if (!data || data.currencies.length === 0) return null;
  const told = data.currencies.some(({ totals }) => totals.not_posted_runs > 0);
  const kinds = KINDS.filter((kind) => told || kind !== "not_posted");
  return (
    <Panel title={t("monitor.money")}>
      <table className="diff money">
        <thead>
          <tr>
            <th scope="col">{t("monitor.currency")}</th>
            {kinds.map((kind) => (
              <th key={kind} scope="col">
                {t(`monitor.${kind}Money`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.currencies.map(({ currency, totals }) => (
            <tr key={currency}>
              <th scope="row" className="mono">
                {currency}
              </th>
              {kinds.map((kind) => (
                <td key={kind} className="num">
                  {amountIn(totals[kind], currency)}{" "}
                  <Link href={RUNS[kind]}>{t("run.count", { count: totals[`${kind}_runs`] })}</Link>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {(data.unknown_runs > 0 || data.incomplete) && (
        <p className="muted">{t("monitor.moneyUnknown", { count: data.unknown_runs })}</p>
      )}
    </Panel>
  );
}
