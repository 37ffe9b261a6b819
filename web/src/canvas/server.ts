/* What the editor asks of the program, by the API's words. Numbers keep their digits both ways. */
import { client, exactly, got, gotExact, onceKey } from "../api/client.ts";
import { asProblem, problemOf } from "../api/problems.ts";
import type { NodeType } from "../model/catalog.ts";
import { type Fault, faultsOf } from "../model/faults.ts";
import { type Draft, draftOf } from "../model/flow.ts";
import { arrayOf, type Json, objectOf, textOf } from "../model/json.ts";
import type { PatchOp } from "../model/patch.ts";
import type { Problem } from "../model/validate.ts";
import type { DraftServer, Loaded, Sent } from "./save.ts";

function flowPath(flow: string) {
  return { path: { flow } };
}

function loadedOf(answer: Json): Loaded {
  const object = objectOf(answer);
  return {
    draft: draftOf(object.bundle),
    revision: String(object.revision ?? "0"),
    template: textOf(object.template),
  };
}

/** A flow that runs but has no draft yet gets one, from what is live. */
async function begun(flow: string): Promise<string> {
  const answer = await gotExact(
    client.POST("/flows/{flow}/draft", {
      ...exactly,
      params: flowPath(flow),
      body: { version: "live" },
      headers: onceKey(),
    }),
  );
  return loadedOf(answer).revision;
}

async function send(flow: string, ops: readonly PatchOp[], revision: string): Promise<Sent> {
  try {
    const from = revision === "0" ? await begun(flow) : revision;
    const { response, data, error } = await client.PATCH("/flows/{flow}/draft", {
      ...exactly,
      params: { ...flowPath(flow), header: { "If-Match": `"${from}"` } },
      body: { patch: ops as never },
    });
    if (response.ok) {
      return { kind: "saved", revision: revisionOf(response, data) };
    }
    const problem = problemOf(response.status, error);
    if (problem.status === 409 || problem.status === 412) {
      return { kind: "stale" };
    }
    const kind = problem.passing ? "unreachable" : "refused";
    return { kind, detail: problem.message, problem };
  } catch (cause) {
    const problem = asProblem(cause);
    const kind = problem.passing ? "unreachable" : "refused";
    return { kind, detail: problem.message, problem };
  }
}

function revisionOf(response: Response, data: unknown): string {
  const tag = response.headers.get("ETag")?.replace(/^W\/|"/g, "");
  return tag ?? String((data as { revision?: number } | undefined)?.revision ?? "");
}

export function draftServer(flow: string): DraftServer {
  return {
    load: async () =>
      loadedOf(
        await gotExact(client.GET("/flows/{flow}/draft", { ...exactly, params: flowPath(flow) })),
      ),
    send: (ops, revision) => send(flow, ops, revision),
  };
}

export async function loadCatalog(): Promise<NodeType[]> {
  const answer = await gotExact(client.GET("/catalog/nodes", exactly));
  return arrayOf(Array.isArray(answer) ? answer : objectOf(answer).items) as unknown as NodeType[];
}

/** The server's word on a draft as it is here, saved or not. */
export async function validate(
  flow: string,
  draft: Draft,
  signal: AbortSignal,
): Promise<Problem[]> {
  const asked = client.POST("/flows/{flow}/draft/validate", {
    ...exactly,
    params: flowPath(flow),
    body: { bundle: draft as never },
    signal,
  });
  return faultsOf(await gotExact(asked)).map(problemFrom);
}

/** Pointers of problems are within flow.json. */
function problemFrom({ file, pointer, line, message, ...rest }: Fault): Problem {
  return file === "" || file === "flow.json"
    ? { ...rest, pointer, message }
    : { ...rest, pointer: "", file, line, message: `${file}: ${message}` };
}

export interface Published {
  readonly number: number | undefined;
  readonly version: string;
}

/** The draft at this revision becomes a version. */
export async function publish(flow: string, revision: string, message: string): Promise<Published> {
  const made = await got(
    client.POST("/flows/{flow}/versions", {
      params: { ...flowPath(flow), header: { "If-Match": `"${revision}"`, ...onceKey() } },
      body: message === "" ? {} : { message },
    }),
  );
  return { number: made.number, version: made.version };
}

export async function environments(): Promise<
  { value: string; label: string; approval: boolean }[]
> {
  const { items } = await got(client.GET("/environments"));
  return items.map((one) => ({
    value: one.environment,
    label: one.title ?? one.environment,
    approval: one.approval ?? false,
  }));
}

/** From now on this version works there; true: it waits for somebody's approval. */
export async function deploy(
  flow: string,
  version: string,
  environment: string,
  message: string,
): Promise<boolean> {
  const made = await got(
    client.POST("/flows/{flow}/deployments", {
      params: { ...flowPath(flow), header: onceKey() },
      body: { version, environment, ...(message === "" ? {} : { message }) },
    }),
  );
  return made.state === "asked";
}
