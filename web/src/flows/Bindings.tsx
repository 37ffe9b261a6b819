// What a flow is connected to: for each of its connections one of the workspace, or what its own
// file says. Changed in the draft, at once.
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { freeOf } from "../app/names.ts";
import { useAsking } from "../app/SignIn.tsx";
import { NewConnection } from "../connections/NewConnection.tsx";
import { useTitleOf } from "../connections/useConnectors.ts";
import { useText } from "../i18n/text.tsx";
import { objectOf, textOf } from "../model/json.ts";
import { pointerOf } from "../model/pointer.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { type Binding, bindingsOf, fits, OWN } from "./bindings.ts";
import { useChangeDraft, useDraft } from "./useDraft.ts";

function useShared() {
  const workspace = useSession((session) => session.workspace);
  const mayRead = useCan("connections.read");
  return useQuery({
    queryKey: [workspace, "connections", "shared", "all"],
    enabled: mayRead,
    queryFn: ({ signal }) =>
      got(client.GET("/workspace/connections", { params: { query: { limit: 100 } }, signal })),
  });
}

export function Bindings(props: {
  flow: string;
  /** Those of which something is missing still: what they say themselves is not all. */
  open: ReadonlySet<string>;
}) {
  const { flow } = props;
  const t = useText();
  const mayWrite = useCan("flows.write");
  const draft = useDraft(flow);
  const shared = useShared();
  const change = useChangeDraft(flow, draft.data?.revision);
  const titleOf = useTitleOf();
  const mayConnect = useCan("connections.write");
  const [making, setMaking] = useState<Binding>();
  const [asking, error, ask] = useAsking();
  const bindings = bindingsOf(draft.data?.draft);
  if (bindings.length === 0) return null;

  const bind = (one: Binding, use: string) => {
    const path = pointerOf(["connections", "connections", one.name]);
    const value = { ...objectOf(one.described), connector: one.connector, use };
    ask(() => change([{ op: "replace", path, value }]));
  };

  return (
    <div className="stack setup-inside">
      <h3>{t("setup.bindings")}</h3>
      {bindings.map((one) => {
        const known = (shared.data?.items ?? []).filter((is) => fits(one, is));
        const names = new Set(known.map((is) => is.connection));
        if (one.use !== OWN) names.add(one.use);
        const speaks = one.use === OWN && !props.open.has(one.name);
        return (
          <div key={one.name} className="setup-binding">
            <Select
              label={t("setup.binding", { name: one.name, system: titleOf(one.connector) })}
              help={textOf(objectOf(one.described).description)}
              value={one.use !== OWN || speaks ? one.use : undefined}
              placeholder={t("setup.bindChoose")}
              disabled={!mayWrite || asking}
              choices={[
                ...(speaks ? [{ value: OWN, label: t("setup.bindOwn") }] : []),
                ...[...names].map((name) => ({ value: name, label: name })),
              ]}
              onChange={(use) => use !== one.use && bind(one, use)}
            />
            <Button
              icon={<Plus size={14} />}
              reason={mayConnect ? undefined : t("may.not", { permission: "connections.write" })}
              onPress={() => setMaking(one)}
            >
              {t("shared.newTo", { system: titleOf(one.connector) })}
            </Button>
          </div>
        );
      })}
      {making && (
        <NewConnection
          connector={making.connector}
          needs={making.needs}
          name={freeOf(making.name, new Set(shared.data?.items.map((is) => is.connection)))}
          onKept={(name) => bind(making, name)}
          onClose={() => setMaking(undefined)}
        />
      )}
      {error !== undefined && <ErrorBox small error={error} />}
    </div>
  );
}
