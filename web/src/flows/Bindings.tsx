// What a flow and its parts are connected to: for each system one connection of the workspace, or
// what their own files say. Changed in the drafts, at once.
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
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
import { allNeeds, fits, OWN, type Place, placesOf } from "./bindings.ts";
import { type Drafts, useChangeDrafts } from "./useDraft.ts";

type Shared = components["schemas"]["SharedConnection"];

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

/** One choice for all that stand alike. */
function Row(props: {
  flow: string;
  places: readonly Place[];
  drafts: Drafts;
  isDone: boolean;
  /** All of their drafts are there: what is bound is bound in each. */
  isWhole: boolean;
  shared: readonly Shared[];
  disabled: boolean;
  /** Another one is being bound, which changes the same drafts. */
  asking: boolean;
  onBind: (use: string) => void;
  onMake: () => void;
}) {
  const t = useText();
  const titleOf = useTitleOf();
  const mayConnect = useCan("connections.write");
  const { places, isDone, isWhole } = props;
  const lacks = isWhole ? undefined : t("state.loading");
  const one = places[0]?.binding;
  if (!one) return null;
  const known = props.shared.filter((is) => fits(one.connector, allNeeds(places), is));
  const names = new Set(known.map((is) => is.connection));
  if (one.use !== OWN) names.add(one.use);
  const speaks = one.use === OWN && isDone;
  const own = places.some(({ flow }) => flow === props.flow);
  const flows = places.map(({ flow }) => textOf(props.drafts.get(flow)?.draft.flow.name) ?? flow);
  const help = textOf(objectOf(one.described).description);
  return (
    <div className="setup-binding">
      <Select
        label={t("setup.binding", { name: one.name, system: titleOf(one.connector) })}
        help={
          own
            ? help
            : t("setup.bindingOf", { help: help ?? "", flows: [...new Set(flows)].join(", ") })
        }
        value={one.use !== OWN || speaks ? one.use : undefined}
        placeholder={t("setup.bindChoose")}
        disabled={props.disabled || !isWhole}
        choices={[
          ...(speaks ? [{ value: OWN, label: t("setup.bindOwn") }] : []),
          ...[...names].map((name) => ({ value: name, label: name })),
        ]}
        onChange={(use) => use !== one.use && props.onBind(use)}
      />
      <Button
        icon={<Plus size={14} />}
        disabled={props.asking}
        reason={mayConnect ? lacks : t("may.not", { permission: "connections.write" })}
        onPress={props.onMake}
      >
        {t("shared.newTo", { system: titleOf(one.connector) })}
      </Button>
    </div>
  );
}

export function Bindings(props: {
  flow: string;
  rows: components["schemas"]["Checklist"]["connections"];
  drafts: Drafts;
}) {
  const { flow, drafts } = props;
  const t = useText();
  const mayWrite = useCan("flows.write");
  const shared = useShared();
  const change = useChangeDrafts(drafts);
  const [making, setMaking] = useState<readonly Place[]>();
  const [asking, error, ask] = useAsking();
  // The drafts change one behind the other: until all have, their rows stay together.
  const told = useRef(props.rows);
  if (!asking) told.current = props.rows;
  const rows = told.current.flatMap((row) => {
    const places = placesOf(row, drafts);
    return places[0] ? [{ row, places }] : [];
  });
  if (rows.length === 0) return null;

  const bind = (places: readonly Place[], use: string) => {
    const flows = [...new Set(places.map((one) => one.flow))];
    const changes = flows.map((own) => ({
      flow: own,
      ops: places
        .filter((one) => one.flow === own)
        .map(({ binding }) => ({
          op: "replace" as const,
          path: pointerOf(["connections", "connections", binding.name]),
          value: { ...objectOf(binding.described), connector: binding.connector, use },
        })),
    }));
    ask(() => change(changes));
  };
  const made = making?.[0]?.binding;

  return (
    <div className="stack setup-inside">
      <h3>{t("setup.bindings")}</h3>
      {rows.map(({ row, places }) => (
        <Row
          // Not by a place: while the draft of its first one is on its way two rows would be called alike.
          key={`${row.of[0]?.flow} ${row.name}`}
          flow={flow}
          places={places}
          drafts={drafts}
          isDone={row.done}
          isWhole={row.of.every((one) => drafts.has(one.flow))}
          shared={shared.data?.items ?? []}
          disabled={!mayWrite || asking}
          asking={asking}
          onBind={(use) => bind(places, use)}
          onMake={() => setMaking(places)}
        />
      ))}
      {making && made && (
        <NewConnection
          connector={made.connector}
          needs={{ ...made.needs, secrets: allNeeds(making) }}
          name={freeOf(made.name, new Set(shared.data?.items.map((is) => is.connection)))}
          onKept={(name) => bind(making, name)}
          onClose={() => setMaking(undefined)}
        />
      )}
      {error !== undefined && <ErrorBox small error={error} />}
    </div>
  );
}
