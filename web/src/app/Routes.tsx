// Which screen an address is of. Screens are loaded when they are first gone to.
import { Compass } from "lucide-react";
import { type ComponentType, lazy, Suspense } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { useText } from "../i18n/text.tsx";
import { Boundary } from "../ui/Boundary.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Page } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { forget } from "./queries.ts";

/** Of one flow, or of a pairing. */
const SETUP = /^\/flows\/(?:(?<flow>[^/]+)\/setup|pairings\/(?<pairing>[^/]+))\/?$/;

// biome-ignore format: one line per screen
const screens: [path: string | RegExp, screen: ComponentType][] = [
  ["/", lazy(() => import("../dashboard/home.route.tsx"))],
  ["/flows", lazy(() => import("../flows/flows.route.tsx"))],
  [/^\/flows\/(?<flow>[^/]+)(?:\/rules(?:\/[^/]+)?)?\/?$/, lazy(() => import("../canvas/editor.route.tsx"))],
  ["/flows/:flow/versions", lazy(() => import("../releases/versions.route.tsx"))],
  [SETUP, lazy(() => import("../flows/setup.route.tsx"))],
  ["/environments", lazy(() => import("../releases/environments.route.tsx"))],
  ["/runs/:run", lazy(() => import("../runs/run.route.tsx"))],
  ["/runs", lazy(() => import("../runs/runs.route.tsx"))],
  ["/settlements/:run/report", lazy(() => import("../settlements/report.route.tsx"))],
  ["/settlements/:run", lazy(() => import("../settlements/settlement.route.tsx"))],
  ["/settlements", lazy(() => import("../settlements/settlements.route.tsx"))],
  ["/exceptions", lazy(() => import("../exceptions/exceptions.route.tsx"))],
  ["/alerts", lazy(() => import("../alerts/alerts.route.tsx"))],
  ["/connections", lazy(() => import("../connections/connections.route.tsx"))],
  ["/connections/callback", lazy(() => import("../connections/consent.route.tsx"))],
  ["/audit", lazy(() => import("../audit/audit.route.tsx"))],
  ["/administration", lazy(() => import("../admin/administration.route.tsx"))],
  ["/users", lazy(() => import("../admin/users.route.tsx"))],
  ["/settings", lazy(() => import("../admin/settings.route.tsx"))],
];

function NotFound() {
  const t = useText();
  return (
    <Page title={t("place.unknown")}>
      <Empty
        icon={<Compass size={22} />}
        title={t("place.unknownText")}
        acts={<Link href="/">{t("nav.home")}</Link>}
      />
    </Page>
  );
}

export function Routes() {
  const t = useText();
  const [path] = useLocation();
  return (
    <Boundary resetKey={path} onAgain={forget}>
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={8} />}>
        <Switch>
          {screens.map(([at, Screen]) => (
            <Route key={String(at)} path={at}>
              <Screen />
            </Route>
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Boundary>
  );
}
