// On which way a version goes from one environment to the next.
import type { components } from "../api/schema.d.ts";

export type Environment = components["schemas"]["Environment"];
type Place = components["schemas"]["FlowDeployment"];

/** What can go on: from each place to the next one, where another version works or none. */
export function nextOf<P extends Pick<Place, "environment" | "version">>(
  places: readonly P[],
  names: readonly string[],
): { from: P; to: string }[] {
  const at = (name: string | undefined) => places.find((one) => one.environment === name);
  return names.flatMap((name, index) => {
    const from = at(name);
    const to = names[index + 1];
    if (!from || to === undefined || at(to)?.version === from.version) return [];
    return [{ from, to }];
  });
}

/** The orders that some get so that one changes places with the one before it, or behind it. */
export function movedBy(
  environments: readonly Pick<Environment, "environment" | "order">[],
  name: string,
  by: -1 | 1,
): { environment: string; order: number }[] {
  const from = environments.findIndex((one) => one.environment === name);
  const one = environments[from];
  if (!one || from + by < 0 || from + by >= environments.length) return [];
  const moved = environments.toSpliced(from, 1).toSpliced(from + by, 0, one);
  return moved
    .map(({ environment, order }, index) => ({ environment, order: index * 10, was: order }))
    .filter(({ order, was }) => order !== was)
    .map(({ environment, order }) => ({ environment, order }));
}

/** Those of which another version works in one environment than in the next, or none. */
export function aheadOf<
  F extends { deployments: readonly Pick<Place, "environment" | "version">[] },
>(flows: readonly F[], from: string, to: string): F[] {
  return flows.filter(({ deployments }) =>
    nextOf(deployments, [from, to]).some((one) => one.to === to),
  );
}
