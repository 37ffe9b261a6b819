// Connections of the workspace, as their form has them: by environment the settings, and for each
// secret the name under which the vault has it.
import type { components } from "../api/schema.d.ts";
import { propertiesOf, type Schema } from "../data/schema.ts";
import { type Json, type JsonObject, objectOf, textOf, withMember } from "../model/json.ts";

export type Connector = components["schemas"]["Connector"];

export { NAME } from "../app/names.ts";

/** Any system by its address, as no manifest describes it. */
export const HTTP = "http";
/** The ways to sign in to such a system that the form asks for; others stay as they are. */
export const WAYS = ["none", "bearer", "basic", "header"] as const;
export type Way = (typeof WAYS)[number];

export function httpConnector(title: string): Connector {
  const settings = { type: "object", properties: {} } as unknown as Connector["settings"];
  return { connector: HTTP, title, schemes: "https http", environments: [], sign_in: "", settings };
}

/** A system without a known address, which the connection has to say then. */
export function asksAddress(connector: Connector): boolean {
  return connector.environments.length === 0 && Boolean(connector.schemes);
}

export function schemaOf(connector: Connector): Schema {
  return connector.settings as unknown as Schema;
}

function isSecret(schema: Schema): boolean {
  return (schema as Record<string, unknown>)["x-weft-secret"] === true;
}

export interface Secret {
  name: string;
  title: string | undefined;
  required: boolean;
}

/** What is secret of a connection, by its system or, of one without a manifest, by its sign-in and
 * by what it has besides: steps put that where they say its name. */
export function secretsOf(connector: Connector, place: JsonObject = {}): Secret[] {
  if (connector.connector === HTTP) {
    const names = new Set([...signInSecret(place), ...Object.keys(objectOf(place.secrets))]);
    return [...names].map((name) => ({ name, title: undefined, required: true }));
  }
  const schema = schemaOf(connector);
  return propertiesOf(schema, schema)
    .filter((one) => isSecret(one.schema))
    .map(({ name, required, schema: its }) => {
      const title = textOf((its as unknown as JsonObject).title);
      return { name, title, required };
    });
}

const SECRET = "secret";

/** The secret that a system without a manifest is signed in to with: none, or one. */
export function signInSecret(place: JsonObject): string[] {
  const way = wayOf(place);
  return way === undefined || way === "none" ? [] : [textOf(objectOf(place.auth).secret) ?? SECRET];
}

/** How a system without a manifest is signed in to; undefined: in a way that the form has not. */
export function wayOf(place: JsonObject): Way | undefined {
  const type = textOf(objectOf(place.auth).type) ?? "none";
  return WAYS.find((one) => one === type);
}

/** The place with another way to sign in; what only the former one had is left behind. */
export function withWay(place: JsonObject, way: Way, more: JsonObject = {}): JsonObject {
  const old = signInSecret(place);
  const left = Object.entries(objectOf(place.secrets)).filter(([name]) => !old.includes(name));
  const secrets = left.length > 0 ? Object.fromEntries(left) : undefined;
  if (way === "none") return withMember(withMember(place, "auth", undefined), "secrets", secrets);
  const kept = way === wayOf(place) ? place : withMember(place, "secrets", secrets);
  return withMember(kept, "auth", { ...more, type: way, secret: SECRET });
}

/** The schema of the settings that are no secrets. */
export function plainSchemaOf(connector: Connector): Schema {
  const schema = objectOf(schemaOf(connector) as unknown as Json);
  const secret = new Set(secretsOf(connector).map((one) => one.name));
  const properties = Object.entries(objectOf(schema.properties)).filter(
    ([name]) => !secret.has(name),
  );
  const required = Array.isArray(schema.required)
    ? schema.required.filter((name) => !secret.has(String(name)))
    : [];
  return {
    ...schema,
    properties: Object.fromEntries(properties),
    required,
  } as unknown as Schema;
}

/** What a flow needs of a system that no manifest describes. */
export interface Needs {
  /** What the connection is there for, in the flow's own words. */
  description: string | undefined;
  auth: JsonObject;
  /** Besides that of the sign-in, by the names that steps call them. */
  secrets: readonly string[];
}

function neededOf({ auth, secrets }: Needs): JsonObject {
  const { type, ...rest } = auth;
  const way = WAYS.find((one) => one === textOf(type));
  const place =
    secrets.length > 0 ? { secrets: Object.fromEntries(secrets.map((one) => [one, {}])) } : {};
  return way === undefined ? place : withWay(place, way, rest);
}

/** What a new environment of a connection begins with: what the manifest says unless it is told. */
export function beginningOf(connector: Connector, needs?: Needs): JsonObject {
  const settings: Record<string, Json> = {};
  const schema = plainSchemaOf(connector);
  for (const one of propertiesOf(schema, schema)) {
    const standard = (one.schema as unknown as JsonObject).default;
    if (standard !== undefined) settings[one.name] = standard;
  }
  return connector.connector === HTTP && needs ? neededOf(needs) : { settings };
}

const SENT_BY = /^(https?|smtps?|sftp|sql):$/;

function originOf(text: string): string | undefined {
  try {
    const { protocol, host } = new URL(text);
    return SENT_BY.test(protocol) && host !== "" ? `${protocol}//${host}` : undefined;
  } catch {
    return undefined;
  }
}

/** Where a secret of this connection may be sent: the system's own address, and each that the
 * settings name. Elsewhere the vault does not let it go. */
export function originsOf(connector: Connector, place: JsonObject): string[] {
  const settings = objectOf(place.settings);
  const named = textOf(place.environment) ?? connector.environments[0]?.name;
  const base = connector.environments.find((one) => one.name === named)?.base_url ?? "";
  const filled = base.replace(/\{([^}]+)\}/g, (_, name: string) => textOf(settings[name]) ?? "");
  const own = textOf(place.base_url) ?? "";
  const texts = [filled, own, ...Object.values(settings).map((value) => textOf(value) ?? "")];
  return [...new Set(texts.flatMap((text) => originOf(text) ?? []))];
}

/** Under which name the vault keeps a secret that is typed here. */
export function vaultName(connection: string, environment: string, secret: string): string {
  return `${connection}_${environment}_${secret}`.replace(/[^a-z0-9_]+/g, "_");
}

export function vaultOf(place: JsonObject, secret: string): string | undefined {
  return textOf(objectOf(objectOf(place.secrets)[secret]).vault);
}

/** The place with the secret taken from the vault by this name. */
export function withVault(place: JsonObject, secret: string, name: string): JsonObject {
  const secrets = withMember(objectOf(place.secrets), secret, { vault: name });
  return withMember(place, "secrets", secrets);
}
