// What the screens of versions and environments read.
import { useQuery } from "@tanstack/react-query";
import { client, exactly, got, gotExact } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { type Fault, faultsOf } from "../model/faults.ts";
import type { Draft } from "../model/flow.ts";
import { objectOf } from "../model/json.ts";

export type Deployment = components["schemas"]["Deployment"];
export type Difference = components["schemas"]["Difference"];

export function useFlow(flow: string) {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["deployment", "draft"], "flows");
  return useQuery({
    queryKey: [workspace, "flows", flow, "one"],
    queryFn: ({ signal }) =>
      got(client.GET("/flows/{flow}", { params: { path: { flow } }, signal })),
  });
}

export function useVersions(flow: string) {
  return usePages(["flows", flow, "versions"], (cursor, signal) =>
    got(
      client.GET("/flows/{flow}/versions", {
        params: { path: { flow }, query: { limit: 100, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  );
}

/** In the order in which a version goes on from one to the next. */
export function useEnvironments() {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "environments"],
    queryFn: async ({ signal }) => (await got(client.GET("/environments", { signal }))).items,
  });
}

const ALWAYS: readonly string[] = ["sandbox", "production"];

/** It is there whatever the workspace says. */
export const isAlways = (environment: string) => ALWAYS.includes(environment);

/** Their names; those that are always there until the program has told the others. */
export function useEnvironmentNames(): readonly string[] {
  return useEnvironments().data?.map((one) => one.environment) ?? ALWAYS;
}

export type DeploymentState = Deployment["state"];

/** What was deployed, of one flow or, with "", of all. */
export function useDeployments(
  flow: string,
  state?: DeploymentState,
  options: { enabled?: boolean } = {},
) {
  const page = (cursor: string | undefined, signal: AbortSignal) => {
    const query = {
      limit: 100,
      ...(state ? { state } : {}),
      ...(cursor ? { cursor } : {}),
    };
    return flow === ""
      ? got(client.GET("/deployments", { params: { query }, signal }))
      : got(client.GET("/flows/{flow}/deployments", { params: { path: { flow }, query }, signal }));
  };
  return usePages(["flows", "deployments", flow, state ?? ""], page, options);
}

/** What differs by meaning; versions as the program names them: a digest, "draft", "live". */
export function useDifference(flow: string, from: string, to: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "flows", flow, "difference", from, to],
    enabled: from !== "" && to !== "",
    queryFn: async ({ signal }): Promise<Difference> => {
      const asked = client.GET("/flows/{flow}/diff", {
        params: { path: { flow }, query: { from, to } },
        parseAs: "text",
        signal,
      });
      return objectOf(await gotExact(asked)) as unknown as Difference;
    },
  });
}

/** What stands against a version in an environment, its tests included. */
export function useChecks(flow: string, bundle: Draft | undefined, environment: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "flows", flow, "checks", environment, bundle],
    enabled: bundle !== undefined && environment !== "",
    staleTime: 0,
    gcTime: 0,
    queryFn: async ({ signal }): Promise<Fault[]> => {
      const asked = client.POST("/flows/{flow}/draft/validate", {
        params: { path: { flow } },
        body: { bundle: bundle as never, environment, tests: true },
        // Written by ourselves: the numbers of a version keep their digits.
        ...exactly,
        signal,
      });
      return faultsOf(await gotExact(asked));
    },
  });
}
