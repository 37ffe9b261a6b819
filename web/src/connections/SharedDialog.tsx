// A connection of the workspace: which system, how it is reached in each environment, what it is
// signed in to with. Secrets go into the vault, and never come out.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useCan } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import {
  fromPlain,
  type JsonObject,
  objectOf,
  textOf,
  withMember,
  writeJson,
} from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import {
  beginningOf,
  type Connector,
  NAME,
  originsOf,
  plainSchemaOf,
  secretsOf,
  vaultName,
  vaultOf,
  withVault,
} from "./shared.ts";

export type Shared = components["schemas"]["SharedConnection"];
type Places = Record<string, JsonObject>;
type Typed = Record<string, string>; // "production secret": what was typed

const ENVIRONMENTS = ["production", "sandbox"] as const;

async function save(
  name: string,
  connector: Connector,
  places: Places,
  typed: Typed,
  old?: Shared,
) {
  let kept: Places = places;
  for (const [key, value] of Object.entries(typed)) {
    const [environment = "", secret = ""] = key.split(" ");
    const place = kept[environment];
    if (value === "" || !place) continue;
    const vault = vaultOf(place, secret) ?? vaultName(name, environment, secret);
    await got(
      client.POST("/vault/{secret}/set", {
        params: { path: { secret: vault } },
        body: { value, origins: originsOf(connector, place) },
      }),
    );
    kept = { ...kept, [environment]: withVault(place, secret, vault) };
  }
  await got(
    client.PUT("/workspace/connections/{connection}", {
      params: { path: { connection: name } },
      headers: old?.revision === undefined ? {} : { "If-Match": `"${old.revision}"` },
      body: { connector: connector.connector, environments: kept as never },
      // Written by ourselves: the numbers of settings keep their digits.
      bodySerializer: (body: unknown) => writeJson(body as JsonObject),
    }),
  );
}

function PlaceForm(props: {
  connector: Connector;
  environment: string;
  place: JsonObject;
  typed: Typed;
  onPlace: (place: JsonObject) => void;
  onTyped: (typed: Typed) => void;
}) {
  const t = useText();
  const mayWrite = useCan("secrets.write");
  const { connector, environment, place, typed } = props;
  return (
    <div className="stack">
      {connector.environments.length > 1 && (
        <Select
          label={t("shared.systemEnvironment", { system: connector.title })}
          value={textOf(place.environment) ?? connector.environments[0]?.name ?? ""}
          onChange={(name) => props.onPlace({ ...place, environment: name })}
          choices={connector.environments.map((one) => ({ value: one.name, label: one.name }))}
        />
      )}
      <SchemaForm
        schema={plainSchemaOf(connector)}
        value={place.settings}
        onChange={(settings) => props.onPlace({ ...place, settings })}
      />
      <TextField
        label={t("shared.allow")}
        help={t("shared.allowHelp")}
        mono
        value={textOf(place.allow) ?? ""}
        onChange={(allow) =>
          props.onPlace(withMember(place, "allow", allow === "" ? undefined : allow))
        }
      />
      {secretsOf(connector).map((one) => {
        const key = `${environment} ${one.name}`;
        const known = vaultOf(place, one.name);
        const title = objectOf(fromPlain(one.schema)).title;
        return (
          <TextField
            key={key}
            label={textOf(title) ?? one.name}
            type="password"
            autoComplete="new-password"
            required={one.required && known === undefined}
            disabled={!mayWrite}
            help={
              mayWrite
                ? known === undefined
                  ? t("shared.secretHelp")
                  : t("shared.secretKept", { name: known })
                : t("may.not", { permission: "secrets.write" })
            }
            value={typed[key] ?? ""}
            onChange={(value) => props.onTyped({ ...typed, [key]: value })}
          />
        );
      })}
    </div>
  );
}

export function SharedDialog(props: {
  connectors: readonly Connector[];
  shared: Shared | undefined;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const { connectors, shared, onClose } = props;
  const [name, setName] = useState(shared?.connection ?? "");
  const [chosen, setChosen] = useState(shared?.connector ?? connectors[0]?.connector ?? "");
  const connector = connectors.find((one) => one.connector === chosen);
  const [where, setWhere] = useState<string>(
    Object.keys(shared?.environments ?? {})[0] ?? ENVIRONMENTS[0],
  );
  const [places, setPlaces] = useState<Places>(
    () => objectOf(fromPlain(shared?.environments ?? {})) as Places,
  );
  const [typed, setTyped] = useState<Typed>({});
  const [asking, error, ask] = useAsking();
  const wrong = name !== "" && !NAME.test(name);
  const place = places[where];
  const submit = async () => {
    if (!connector) return;
    await save(name, connector, places, typed, shared);
    tell(t("shared.kept", { name }));
    onClose();
    await queries.invalidateQueries();
  };
  const ready = NAME.test(name) && connector !== undefined && Object.keys(places).length > 0;
  return (
    <Dialog
      title={shared ? t("shared.change", { name: shared.connection }) : t("shared.new")}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) ask(submit);
        }}
      >
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
            <Select
              label={t("shared.system")}
              value={chosen}
              onChange={(next) => {
                setChosen(next);
                setPlaces({});
                setTyped({});
              }}
              choices={connectors.map((one) => ({ value: one.connector, label: one.title }))}
            />
          </>
        )}
        <Select
          label={t("run.environment")}
          value={where}
          onChange={setWhere}
          choices={ENVIRONMENTS.map((one) => ({
            value: one,
            label: one,
            ...(places[one] ? { help: t("shared.setUp") } : {}),
          }))}
        />
        {connector && place && (
          <PlaceForm
            key={`${chosen} ${where}`}
            connector={connector}
            environment={where}
            place={place}
            typed={typed}
            onPlace={(next) => setPlaces({ ...places, [where]: next })}
            onTyped={setTyped}
          />
        )}
        {connector && !place && (
          <Button onPress={() => setPlaces({ ...places, [where]: beginningOf(connector) })}>
            {t("shared.setUpNow", { where })}
          </Button>
        )}
        {error !== undefined && <ErrorBox small error={error} />}
        <div className="row dialog-acts">
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" pending={asking} disabled={!ready}>
            {t("act.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
