// A connection of the workspace: which system, how it is reached in each environment, what it is
// signed in to with. Secrets go into the vault, and never come out.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, exactBody, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { useKept } from "../app/useKept.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import { fromPlain, type JsonObject, objectOf } from "../model/json.ts";
import { useEnvironmentNames } from "../releases/queries.ts";
import { Button } from "../ui/Button.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { PlaceForm } from "./PlaceForm.tsx";
import {
  beginningOf,
  type Connector,
  NAME,
  type Needs,
  originsOf,
  secretsOf,
  vaultName,
  vaultOf,
  withVault,
} from "./shared.ts";

export type Shared = components["schemas"]["SharedConnection"];
type Places = Record<string, JsonObject>;
type Typed = Record<string, Record<string, string>>; // by environment and secret

/** Where it is set up first; it is always there. */
const FIRST = "production";

async function save(
  name: string,
  connector: Connector,
  places: Places,
  typed: Typed,
  old?: Shared,
) {
  let kept: Places = places;
  for (const [environment, place] of Object.entries(places)) {
    for (const { name: secret } of secretsOf(connector, place)) {
      const value = typed[environment]?.[secret] ?? "";
      if (value === "") continue;
      const vault = vaultOf(place, secret) ?? vaultName(name, environment, secret);
      await got(
        client.POST("/vault/{secret}/set", {
          params: { path: { secret: vault } },
          body: { value, origins: originsOf(connector, place) },
        }),
      );
      kept = { ...kept, [environment]: withVault(kept[environment] ?? place, secret, vault) };
    }
  }
  await got(
    client.PUT("/workspace/connections/{connection}", {
      params: { path: { connection: name } },
      headers: old?.revision === undefined ? {} : { "If-Match": `"${old.revision}"` },
      body: { connector: connector.connector, environments: kept as never },
      // Written by ourselves: the numbers of settings keep their digits.
      ...exactBody,
    }),
  );
}

function titleFor(
  t: Translate,
  props: { shared: Shared | undefined; connectors: readonly Connector[] },
) {
  const { shared, connectors } = props;
  const [only] = connectors;
  if (shared) return t("shared.change", { name: shared.connection });
  return only && connectors.length === 1
    ? t("shared.newTo", { system: only.title })
    : t("shared.new");
}

export function SharedDialog(props: {
  connectors: readonly Connector[];
  shared: Shared | undefined;
  name?: string;
  needs?: Needs | undefined;
  /** Of a new one: its name and the system that it was made for. */
  onKept?: (name: string, connector: string) => void;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const { connectors, shared, onClose } = props;
  const environments = useEnvironmentNames();
  const [name, setName] = useState(shared?.connection ?? props.name ?? "");
  const [chosen, setChosen] = useState(
    shared?.connector ?? (connectors.length === 1 ? connectors[0]?.connector : undefined),
  );
  const connector = connectors.find((one) => one.connector === chosen);
  const [where, setWhere] = useState<string>(Object.keys(shared?.environments ?? {})[0] ?? FIRST);
  const {
    kept,
    form: places,
    setForm: setPlaces,
    anew,
  } = useKept(
    shared,
    (one): Places =>
      one || !connector
        ? (objectOf(fromPlain(one?.environments ?? {})) as Places)
        : { [FIRST]: beginningOf(connector, props.needs) },
    ({ connection }) =>
      got(client.GET("/workspace/connections/{connection}", { params: { path: { connection } } })),
  );
  const [typed, setTyped] = useState<Typed>({});
  const wrong = name !== "" && !NAME.test(name);
  const place = places[where];
  const submit = async () => {
    if (!connector) return;
    await save(name, connector, places, typed, kept);
    tell(t("shared.kept", { name }));
    props.onKept?.(name, connector.connector);
    onClose();
    await queries.invalidateQueries();
  };
  const ready = NAME.test(name) && connector !== undefined && Object.keys(places).length > 0;
  return (
    <SaveDialog
      title={titleFor(t, props)}
      ready={ready}
      onSave={submit}
      onAnew={anew}
      onClose={onClose}
    >
      {props.needs?.description && <p className="foreign">{props.needs.description}</p>}
      {!shared && (
        <>
          <TextField
            label={t("shared.name")}
            help={t("shared.nameHelp")}
            required
            autoFocus
            mono
            maxLength={64}
            error={wrong ? t("flow.idWrong") : undefined}
            value={name}
            onChange={setName}
          />
          {connectors.length > 1 && (
            <Select
              label={t("shared.system")}
              required
              value={chosen}
              placeholder={t("shared.chooseSystem")}
              onChange={(next) => {
                const system = connectors.find((one) => one.connector === next);
                setChosen(next);
                setPlaces(system ? { [where]: beginningOf(system) } : {});
                setTyped({});
              }}
              choices={connectors.map((one) => ({ value: one.connector, label: one.title }))}
            />
          )}
        </>
      )}
      <Select
        label={t("run.environment")}
        value={where}
        onChange={setWhere}
        choices={environments.map((one) => ({
          value: one,
          label: one,
          ...(places[one] ? { help: t("shared.setUp") } : {}),
        }))}
      />
      {connector && place && (
        <PlaceForm
          key={`${chosen} ${where} ${kept?.revision}`}
          connector={connector}
          place={place}
          typed={typed[where] ?? {}}
          onPlace={(next) => setPlaces({ ...places, [where]: next })}
          onTyped={(secret, text) =>
            setTyped({ ...typed, [where]: { ...typed[where], [secret]: text } })
          }
        />
      )}
      {connector && !place && (
        <Button
          onPress={() => setPlaces({ ...places, [where]: beginningOf(connector, props.needs) })}
        >
          {t("shared.setUpNow", { where })}
        </Button>
      )}
    </SaveDialog>
  );
}
