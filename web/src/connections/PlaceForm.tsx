// What a connection is in one environment: where its system is, its settings, how it is signed in to.
import { useCan } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type JsonObject, objectOf, textOf, withMember } from "../model/json.ts";
import { Select, TextField } from "../ui/Field.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import {
  asksAddress,
  type Connector,
  HTTP,
  plainSchemaOf,
  type Secret,
  secretsOf,
  signInSecret,
  vaultOf,
  WAYS,
  type Way,
  wayOf,
  withWay,
} from "./shared.ts";

interface PlaceProps {
  connector: Connector;
  place: JsonObject;
  onPlace: (place: JsonObject) => void;
}

function Address({ connector, place, onPlace }: PlaceProps) {
  const t = useText();
  const scheme = (connector.schemes ?? "").split(" ")[0] ?? "";
  return (
    <TextField
      label={t("shared.address")}
      help={t("shared.addressHelp", { example: `${scheme}://erp.example.com` })}
      required
      mono
      value={textOf(place.base_url) ?? ""}
      onChange={(url) => onPlace(withMember(place, "base_url", url === "" ? undefined : url))}
    />
  );
}

/** Of a system that no manifest describes. */
function SignIn({ place, onPlace }: PlaceProps) {
  const t = useText();
  const way = wayOf(place);
  const auth = objectOf(place.auth);
  const member = (name: "user" | "header") => (
    <TextField
      label={t(`shared.${name}`)}
      required
      mono={name === "header"}
      value={textOf(auth[name]) ?? ""}
      onChange={(text) =>
        onPlace({ ...place, auth: withMember(auth, name, text === "" ? undefined : text) })
      }
    />
  );
  return (
    <>
      <Select
        label={t("shared.signIn")}
        value={way ?? ""}
        onChange={(next) => next !== "" && onPlace(withWay(place, next as Way))}
        choices={[
          ...(way === undefined ? [{ value: "", label: textOf(auth.type) ?? "" }] : []),
          ...WAYS.map((one) => ({ value: one, label: t(`shared.way.${one}`) })),
        ]}
      />
      {way === "basic" && member("user")}
      {way === "header" && member("header")}
    </>
  );
}

function SecretField(props: {
  secret: Secret;
  label: string;
  known: string | undefined;
  typed: string;
  onTyped: (typed: string) => void;
}) {
  const t = useText();
  const mayWrite = useCan("secrets.write");
  const { secret, known } = props;
  let help = t("may.not", { permission: "secrets.write" });
  if (mayWrite) help = known ? t("shared.secretKept", { name: known }) : t("shared.secretHelp");
  return (
    <TextField
      label={props.label}
      type="password"
      autoComplete="new-password"
      required={secret.required && known === undefined}
      disabled={!mayWrite}
      help={help}
      value={props.typed}
      onChange={props.onTyped}
    />
  );
}

export function PlaceForm(
  props: PlaceProps & {
    /** What was typed of its secrets, by their names. */
    typed: Record<string, string>;
    onTyped: (secret: string, typed: string) => void;
  },
) {
  const t = useText();
  const { connector, place, onPlace } = props;
  const way = connector.connector === HTTP ? wayOf(place) : undefined;
  const [signedBy] = signInSecret(place);
  return (
    <div className="stack">
      {connector.environments.length > 1 && (
        <Select
          label={t("shared.systemEnvironment", { system: connector.title })}
          value={textOf(place.environment) ?? connector.environments[0]?.name ?? ""}
          onChange={(name) => onPlace({ ...place, environment: name })}
          choices={connector.environments.map((one) => ({ value: one.name, label: one.name }))}
        />
      )}
      {asksAddress(connector) && <Address {...props} />}
      {connector.connector === HTTP ? (
        <SignIn {...props} />
      ) : (
        <SchemaForm
          schema={plainSchemaOf(connector)}
          value={place.settings}
          onChange={(settings) => onPlace({ ...place, settings })}
        />
      )}
      {secretsOf(connector, place).map((one) => (
        <SecretField
          key={one.name}
          secret={one}
          label={one.title ?? (way && one.name === signedBy ? t(`shared.secret.${way}`) : one.name)}
          known={vaultOf(place, one.name)}
          typed={props.typed[one.name] ?? ""}
          onTyped={(typed) => props.onTyped(one.name, typed)}
        />
      ))}
      <TextField
        label={t("shared.allow")}
        help={t("shared.allowHelp")}
        mono
        value={textOf(place.allow) ?? ""}
        onChange={(allow) => onPlace(withMember(place, "allow", allow === "" ? undefined : allow))}
      />
    </div>
  );
}
