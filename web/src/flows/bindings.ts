// The connections of a draft, and which of the workspace's each of them uses.
import { type Json, objectOf, textOf } from "../model/json.ts";

/** A connection that says all itself. */
export const OWN = "";

export interface Binding {
  name: string;
  connector: string;
  /** The name of a connection of the workspace. */
  use: string;
  /** What is said of it besides how the system is reached: that stays when it is bound. */
  described: Json;
}

export function bindingsOf(connections: Json | undefined): Binding[] {
  return Object.entries(objectOf(objectOf(connections).connections)).flatMap(([name, value]) => {
    const { connector, use, description } = objectOf(value);
    const system = textOf(connector);
    if (system === undefined) return [];
    const described = description === undefined ? {} : { description };
    return [{ name, connector: system, use: textOf(use) ?? OWN, described }];
  });
}
