// The connections of a draft, and which of the workspace's each of them uses.
import type { components } from "../api/schema.d.ts";
import type { Needs } from "../connections/shared.ts";
import { type Draft, indexOf } from "../model/flow.ts";
import { fromPlain, type Json, objectOf, textOf, writeJson } from "../model/json.ts";

/** A connection that says all itself. */
export const OWN = "";

export interface Binding {
  name: string;
  connector: string;
  /** The name of a connection of the workspace. */
  use: string;
  /** What is said of it besides how the system is reached: that stays when it is bound. */
  described: Json;
  /** What a connection of the workspace has to have for it. */
  needs: Needs;
}

/** The secrets that steps put into what they send over a connection. */
function saidBy(draft: Draft, connection: string): string[] {
  const steps = [...indexOf(draft).steps.values()].filter(
    ({ node }) => textOf(node.connection) === connection,
  );
  const said = steps.flatMap(({ node }) => [
    ...writeJson(node.config ?? null).matchAll(/\{\{\s*secret:\s*([A-Za-z0-9_]+)\s*\}\}/g),
  ]);
  return [...new Set(said.map(([, name = ""]) => name))];
}

export function bindingsOf(draft: Draft | undefined): Binding[] {
  if (!draft) return [];
  const all = Object.entries(objectOf(objectOf(draft.connections).connections));
  return all.flatMap(([name, value]) => {
    const { connector, use, description, auth } = objectOf(value);
    const system = textOf(connector);
    if (system === undefined) return [];
    const described = description === undefined ? {} : { description };
    const secrets = saidBy(draft, name);
    const needs = { description: textOf(description), auth: objectOf(auth), secrets };
    return [{ name, connector: system, use: textOf(use) ?? OWN, described, needs }];
  });
}

/** Whether a connection of the workspace leads to that system and, somewhere, has what steps put
 * into what they send. */
export function fits(
  { connector, needs }: Binding,
  shared: components["schemas"]["SharedConnection"],
): boolean {
  const places = Object.values(objectOf(fromPlain(shared.environments)));
  const has = (place: Json | undefined) => {
    const secrets = objectOf(objectOf(place).secrets);
    return needs.secrets.every((name) => Object.hasOwn(secrets, name));
  };
  return shared.connector === connector && places.some(has);
}
