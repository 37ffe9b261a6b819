// Versions of a flow with all that is in them, each number with its digits.
import { useQuery } from "@tanstack/react-query";
import { client, gotExact } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { loadCatalog } from "../canvas/server.ts";
import { type Catalog, catalogOf } from "../model/catalog.ts";
import { type Draft, draftOf } from "../model/flow.ts";
import { objectOf } from "../model/json.ts";

export type Version = components["schemas"]["Version"];
type Deployment = components["schemas"]["Deployment"];

/** The draft's word, which is none of the versions'. */
export const DRAFT = "draft";

async function draftNow(flow: string, signal: AbortSignal): Promise<Draft> {
  const asked = client.GET("/flows/{flow}/draft", {
    params: { path: { flow } },
    parseAs: "text",
    signal,
  });
  return draftOf(objectOf(await gotExact(asked)).bundle);
}

async function versionNow(flow: string, version: string, signal: AbortSignal): Promise<Draft> {
  const asked = client.GET("/flows/{flow}/versions/{version}", {
    params: { path: { flow, version } },
    parseAs: "text",
    signal,
  });
  const [answer, draft] = await Promise.all([
    gotExact(asked),
    // Who may see a version may not always see a draft: then the steps stand where they fall.
    draftNow(flow, signal).catch(() => undefined),
  ]);
  const made = draftOf(objectOf(answer).bundle);
  const layout = draft?.layout;
  return layout === undefined || made.layout !== undefined ? made : { ...made, layout };
}

/** A version as a draft: where its steps stand is the draft's word, versions have none. */
export function useVersion(flow: string, version: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "flows", flow, "version", version],
    enabled: version !== "",
    // What was published does not change; the draft and what is live do.
    staleTime: version.length === 64 ? Number.POSITIVE_INFINITY : 5_000,
    queryFn: ({ signal }): Promise<Draft> =>
      version === DRAFT ? draftNow(flow, signal) : versionNow(flow, version, signal),
  });
}

export function useCatalog() {
  return useQuery({
    queryKey: ["catalog"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<Catalog> => catalogOf(await loadCatalog()),
  });
}

/** "v14", or the beginning of a digest. */
export function versionName(version: Pick<Version, "version" | "number">): string {
  return version.number === undefined ? version.version.slice(0, 8) : `v${version.number}`;
}

export type Earlier = Pick<Version, "version" | "number"> & Partial<Deployment>;

/** What worked in a place before what is there now, the last one first; rows: the newest first. */
export function earlierOf(
  rows: readonly Deployment[],
  environment: string,
  live: string | undefined,
): Earlier[] {
  const worked = rows.filter(
    (row) => row.environment === environment && (row.state === "live" || row.state === "replaced"),
  );
  const seen = new Set(live === undefined ? [] : [live]);
  // What came from a folder has no row of its own: the next one names it.
  for (const { version, before } of worked) seen.add(version).add(before ?? version);
  const made = (version: string) => worked.find((row) => row.version === version);
  return [...seen]
    .filter((version) => version !== live)
    .map((version) => ({ ...made(version), version }));
}
