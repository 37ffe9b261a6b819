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

/** A connection as it stands in one of the drafts. */
export interface Place {
  flow: string;
  binding: Binding;
}

/** Those of a row of the checklist: they are bound at once. */
export function placesOf(
  row: components["schemas"]["Checklist"]["connections"][number],
  drafts: ReadonlyMap<string, { draft: Draft }>,
): Place[] {
  return row.of.flatMap(({ flow, connection }) => {
    const binding = bindingsOf(drafts.get(flow)?.draft).find((one) => one.name === connection);
    return binding ? [{ flow, binding }] : [];
  });
}

/** What all of them have to find in the one that they use. */
export function allNeeds(places: readonly Place[]): string[] {
  return [...new Set(places.flatMap(({ binding }) => binding.needs.secrets))];
}

/** Whether a connection of the workspace leads to that system and, somewhere, has what steps put
 * into what they send. */
export function fits(
  connector: string,
  secrets: readonly string[],
  shared: components["schemas"]["SharedConnection"],
): boolean {
  const places = Object.values(objectOf(fromPlain(shared.environments)));
  const has = (place: Json | undefined) => {
    const own = objectOf(objectOf(place).secrets);
    return secrets.every((name) => Object.hasOwn(own, name));
  };
  return shared.connector === connector && places.some(has);
}
