// What a flow is connected to: for each of its connections one of the workspace, or what its own
// file says. Changed in the draft, at once.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { draftServer } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import { objectOf, textOf } from "../model/json.ts";
import { pointerOf } from "../model/pointer.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { type Binding, bindingsOf, OWN } from "./bindings.ts";

function useBindings(flow: string) {
  const workspace = useSession((session) => session.workspace);
  const draft = useQuery({
    queryKey: [workspace, "flows", flow, "bindings"],
    queryFn: () => draftServer(flow).load(),
  });
  const shared = useQuery({
    queryKey: [workspace, "connections", "shared", "all"],
    queryFn: ({ signal }) =>
      got(client.GET("/workspace/connections", { params: { query: { limit: 100 } }, signal })),
  });
  return { draft, shared };
}

export function Bindings({ flow }: { flow: string }) {
  const t = useText();
  const queries = useQueryClient();
  const mayWrite = useCan("flows.write");
  const { draft, shared } = useBindings(flow);
  const [asking, error, ask] = useAsking();
  const bindings = bindingsOf(draft.data?.draft.connections);
  if (bindings.length === 0) return null;

  const bind = (one: Binding, use: string) =>
    ask(async () => {
      const path = pointerOf(["connections", "connections", one.name]);
      const value = { ...objectOf(one.described), connector: one.connector, use };
      const sent = await draftServer(flow).send(
        [{ op: "replace", path, value }],
        draft.data?.revision ?? "0",
      );
      await queries.invalidateQueries();
      if (sent.kind === "stale") throw new Error(t("setup.bindStale"));
      if (sent.kind !== "saved") throw new Error(sent.detail);
    });

  return (
    <Panel
      title={t("setup.bindings")}
      tools={<Link href="/connections?tab=shared">{t("setup.toConnections")}</Link>}
    >
      <div className="stack">
        <p className="muted">{t("setup.bindingsLead")}</p>
        {bindings.map((one) => {
          const known = (shared.data?.items ?? []).filter((is) => is.connector === one.connector);
          const names = new Set(known.map((is) => is.connection));
          if (one.use !== OWN) names.add(one.use);
          return (
            <Select
              key={one.name}
              label={t("setup.binding", { name: one.name, system: one.connector })}
              help={textOf(objectOf(one.described).description)}
              value={one.use}
              disabled={!mayWrite || asking}
              choices={[
                ...(one.use === OWN ? [{ value: OWN, label: t("setup.bindOwn") }] : []),
                ...[...names].map((name) => ({ value: name, label: name })),
              ]}
              onChange={(use) => use !== one.use && bind(one, use)}
            />
          );
        })}
        {error !== undefined && <ErrorBox small error={error} />}
      </div>
    </Panel>
  );
}
