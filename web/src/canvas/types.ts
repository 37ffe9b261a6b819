/* The node types in the order and groups in which people look for them. */
import { hasBody, isTrigger, type NodeType, systemTitle } from "../model/catalog.ts";
import type { PickerFor } from "./store.ts";

export interface TypeGroup {
  readonly id: string /* a kind, or "system/NAME" */;
  readonly title: string | undefined /* of a system; kinds have a message */;
  readonly types: readonly NodeType[];
}

const KINDS = ["trigger", "transform", "branch", "connector"];

/** First the kinds, then each system with its triggers and actions. */
export function groupTypes(types: readonly NodeType[]): TypeGroup[] {
  const groups = new Map<string, { title: string | undefined; types: NodeType[] }>();
  for (const kind of KINDS) {
    groups.set(kind, { title: undefined, types: [] });
  }
  for (const type of types) {
    const title = systemTitle(type);
    const id = title === undefined ? type.kind : `system/${type.connector}`;
    const group = groups.get(id) ?? { title, types: [] };
    group.types.push(type);
    groups.set(id, group);
  }
  return [...groups]
    .filter(([, group]) => group.types.length > 0)
    .map(([id, group]) => ({ id, ...group }));
}

/** Why a type cannot stand where the picker was opened; undefined when it can. */
export function fits(type: NodeType, where: PickerFor): boolean {
  if (isTrigger(type.name)) {
    return (
      where.after === undefined && where.onEdge === undefined && (where.level ?? null) === null
    );
  }
  return (
    where.before === undefined || type.ports.length > 0 || type.ports_from_config || hasBody(type)
  );
}
