/* The events that a flow is looked at with, one after the other: the newest runs, then those that
 * were kept under a name. */
import { client, got, gotExact } from "../api/client.ts";
import { queries } from "../app/queries.ts";
import type { Editor } from "../canvas/store.ts";
import type { Translate } from "../i18n/text.tsx";
import { objectOf } from "../model/json.ts";
import { type Sample, useSamples } from "./sample.ts";
import { runsAsked } from "./useSeen.ts";

/** The names of the kept events. */
export function keptAsked(flow: string) {
  return {
    queryKey: ["samples", flow],
    queryFn: async () => {
      const page = await got(client.GET("/flows/{flow}/samples", { params: { path: { flow } } }));
      return page.items.map((one) => one.sample);
    },
  };
}

export async function loadSample(flow: string, sample: string): Promise<Sample> {
  const asked = client.GET("/flows/{flow}/samples/{sample}", {
    parseAs: "text",
    params: { path: { flow, sample } },
  });
  const answer = objectOf(await gotExact(asked));
  return { name: sample, context: { trigger: { body: answer.input ?? {} } } };
}

export interface Turned {
  /** What is looked at now, as the lists name it; undefined: there is none to be had. */
  readonly name: string | undefined;
  readonly at: number;
  readonly of: number;
}

/** Chooses the next one, or the one before; from the last on to the first. Nothing chosen is the
 * newest run, whose values are shown then. */
export async function turnSample(editor: Editor, by: 1 | -1, t: Translate): Promise<Turned> {
  const { flow } = editor.getState();
  const [runs, kept] = await Promise.all([
    queries.fetchQuery(runsAsked(flow, t)),
    queries.fetchQuery({ ...keptAsked(flow), staleTime: 0 }),
  ]);
  const all = [
    ...runs.map(({ value, label }) => ({ run: value, name: label })),
    ...kept.map((name) => ({ run: undefined, name })),
  ];
  const { chosen, choose } = useSamples.getState();
  const now = chosen[flow];
  const here =
    now === undefined && runs.length > 0
      ? 0
      : all.findIndex(({ run, name }) =>
          now?.run === undefined ? run === undefined && name === now?.name : run === now.run,
        );
  const at = here < 0 ? (by > 0 ? 0 : all.length - 1) : (here + by + all.length) % all.length;
  const next = all[at];
  if (next === undefined) return { name: undefined, at: 0, of: 0 };
  choose(
    flow,
    next.run === undefined
      ? await loadSample(flow, next.name)
      : { name: next.run, run: next.run, context: {} },
  );
  return { name: next.name, at: at + 1, of: all.length };
}
