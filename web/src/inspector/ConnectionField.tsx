/* Which connection the step works through: the flow's own, those of the workspace that fit, or one
 * that is made on the way. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { client, got } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import type { NodeType } from "../model/catalog.ts";
import { bindShared, boundAs, connectionsOf } from "../model/commands/bind.ts";
import { setMember } from "../model/commands/edit.ts";
import type { Draft, Step } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { type Choice, Select } from "../ui/Field.tsx";

const NewConnection = lazy(async () => ({
  default: (await patient(() => import("../connections/NewConnection.tsx"))).NewConnection,
}));

const FREE = new Set(["connector.http", "connector.soap"]);
/** Before the name of one of the workspace that the flow has not yet; no name begins so. */
const SHARED = "+";

/** The names of the flow's connections.json that fit the type. */
export function connectionsFor(draft: Draft, type: NodeType): Choice[] {
  return Object.entries(connectionsOf(draft))
    .filter(([, value]) => {
      const { connector } = objectOf(value);
      return type.connector === undefined || connector === type.connector;
    })
    .map(([name, value]) => {
      const description = textOf(objectOf(value).description);
      return { value: name, label: description === undefined ? name : `${name} · ${description}` };
    });
}

function useShared(type: NodeType) {
  const workspace = useSession((session) => session.workspace);
  const mayRead = useCan("connections.read");
  const all = useQuery({
    queryKey: [workspace, "connections", "shared", "all"],
    enabled: mayRead,
    queryFn: ({ signal }) =>
      got(client.GET("/workspace/connections", { params: { query: { limit: 100 } }, signal })),
  });
  return (all.data?.items ?? []).filter(
    (one) => type.connector === undefined || one.connector === type.connector,
  );
}

export function ConnectionField({ step, type }: { step: Step; type: NodeType }) {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const readOnly = useEdited((state) => state.readOnly);
  const mayMake = useCan("connections.write");
  const shared = useShared(type);
  const [making, setMaking] = useState(false);
  if (!type.needs_connection && !FREE.has(type.name) && step.node.connection === undefined) {
    return null;
  }
  const now = textOf(step.node.connection);
  const bind = (name: string, connector: string) =>
    editor.run(bindShared(editor.getState().draft, step.id, name, connector));
  const set = (value: string): void => {
    const one = shared.find(({ connection }) => `${SHARED}${connection}` === value);
    if (one !== undefined) {
      bind(one.connection, one.connector);
      return;
    }
    const name = value === "" ? undefined : value;
    editor.run(setMember(editor.getState().draft, step.id, ["connection"], name));
  };
  const choices = [...connectionsFor(draft, type)];
  if (now !== undefined && !choices.some((choice) => choice.value === now)) {
    choices.push({ value: now, label: t("inspector.connection.gone", { name: now }) });
  }
  if (!type.needs_connection) {
    choices.unshift({ value: "", label: t("inspector.connection.none") });
  }
  for (const { connection } of shared) {
    if (boundAs(draft, connection) === undefined) {
      const label = t("inspector.connection.shared", { name: connection });
      choices.push({ value: `${SHARED}${connection}`, label });
    }
  }
  return (
    <div className="connection-field">
      <Select
        label={t("inspector.connection")}
        value={now ?? (type.needs_connection ? undefined : "")}
        choices={choices}
        onChange={set}
        required={type.needs_connection}
        disabled={readOnly || choices.length === 0}
        help={t("inspector.connection.help")}
        placeholder={t(
          choices.length === 0 ? "inspector.connection.no" : "inspector.connection.choose",
        )}
      />
      {!readOnly && (
        <Button
          size="s"
          look="quiet"
          icon={<Plus size={14} />}
          reason={mayMake ? undefined : t("may.not", { permission: "connections.write" })}
          onPress={() => setMaking(true)}
        >
          {t("shared.new")}
        </Button>
      )}
      {making && (
        <Suspense fallback={null}>
          <NewConnection
            connector={type.connector}
            onKept={bind}
            onClose={() => setMaking(false)}
          />
        </Suspense>
      )}
    </div>
  );
}
