// Which versions went live in the time that the plots show.
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Moment } from "../ui/Moment.tsx";

type Deployment = components["schemas"]["Deployment"];

export interface Live {
  deployment: Deployment;
  at: Date;
}

const MOST = 200;
const LISTED = 4;
const EVERY_MS = 60_000;
const NONE: readonly Live[] = [];

/** It went live when it was asked for, or when somebody approved it. */
function livesOf(deployments: readonly Deployment[]): Live[] {
  return deployments
    .filter(({ state }) => state === "live" || state === "replaced")
    .map((deployment) => ({ deployment, at: new Date(deployment.decided_at ?? deployment.at) }));
}

/** Since a moment in seconds of 1970, the newest first. */
export function useLives(since: number | undefined): readonly Live[] {
  const workspace = useSession((session) => session.workspace);
  const { data } = useQuery({
    queryKey: [workspace, "monitoring", "deployments"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      const query = { limit: MOST };
      return livesOf((await got(client.GET("/deployments", { params: { query }, signal }))).items);
    },
    // The same list as long as the same went live: plots are drawn anew for another one.
    select: (lives) =>
      since === undefined ? NONE : lives.filter(({ at }) => at.getTime() / 1000 >= since),
  });
  return data ?? NONE;
}

/** The flow by its short name and the number of the version: "orders 14, production". */
export function liveLabel({ flow, number, version, environment }: Deployment): string {
  return `${flow} ${number ?? version.slice(0, 8)}, ${environment}`;
}

export function WentLive({ lives }: { lives: readonly Live[] }) {
  const t = useText();
  if (lives.length === 0) return null;
  return (
    <p className="went-live">
      <span className="plot-flag" aria-hidden="true" />
      <span className="muted">{t("monitor.wentLive")}</span>
      {lives.slice(0, LISTED).map(({ deployment, at }) => (
        <span key={deployment.deployment}>
          <Link href={`/flows/${deployment.flow}/versions`} className="foreign">
            {liveLabel(deployment)}
          </Link>{" "}
          <Moment relative at={at.toISOString()} />
        </span>
      ))}
      {lives.length > LISTED && (
        <span className="muted">{t("monitor.wentLiveMore", { count: lives.length - LISTED })}</span>
      )}
    </p>
  );
}
