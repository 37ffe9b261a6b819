/* The open mapping, for the components within the mapper: its settings, its two sides, what the
 * program says of it, and the one way to change it. */
import { createContext, useCallback, useContext, useMemo } from "react";
import { useStore } from "zustand";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useContextShape, useKeptLookups, useKnown } from "../inspector/useKnown.ts";
import { setMember } from "../model/commands/edit.ts";
import { did, refuse } from "../model/commands/outcome.ts";
import { changeStep, type Step } from "../model/flow.ts";
import { type JsonObject, withMember, writeJson } from "../model/json.ts";
import type { Shape } from "../model/shape.ts";
import { type Asked, type SampleOf, useCheck, usePreview } from "./asking.ts";
import type { Edit } from "./edits.ts";
import { issuesOf } from "./issues.ts";
import { byTarget, type Line, linesOf } from "./lines.ts";
import { readsOf } from "./reads.ts";
import type { Checked, Issue, Previewed, Suggestion } from "./server.ts";
import type { MapperState, MapperStore } from "./store.ts";
import { type Aim, aimOf, asked } from "./target.ts";
import { nodesOf, sourceTree, type TreeNode, targetTree } from "./trees.ts";

export interface Mapping {
  readonly step: Step;
  readonly flow: string;
  readonly config: JsonObject;
  readonly aim: Aim;
  readonly seen: Shape /* what expressions see, known without a sample */;
  readonly lines: readonly Line[];
  readonly targets: ReadonlyMap<string, readonly Line[]>;
  readonly source: readonly TreeNode[];
  readonly sources: ReadonlyMap<string, TreeNode>;
  readonly target: readonly TreeNode[];
  readonly nodes: ReadonlyMap<string, TreeNode> /* of the target */;
  readonly samples: readonly SampleOf[];
  readonly at: number;
  readonly preview: Asked<Previewed>;
  readonly check: Asked<Checked>;
  readonly issues: ReadonlyMap<string, readonly Issue[]> /* by target; "" is the whole */;
  readonly suggestions: readonly Suggestion[];
  readonly readOnly: boolean;
  readonly store: MapperStore;
  readonly change: (name: string, values: Record<string, string | number>, edit: Edit) => boolean;
  /** A member of a line; what is typed in a row is one entry of the history. */
  readonly set: (line: Line, member: string, value: JsonObject[string]) => void;
}

const Context = createContext<Mapping | undefined>(undefined);

export const MappingProvider = Context;

export function useMapping(): Mapping {
  const mapping = useContext(Context);
  if (mapping === undefined) {
    throw new Error("no mapping is open here");
  }
  return mapping;
}

export function useMapper<T>(select: (state: MapperState) => T): T {
  return useStore(useMapping().store, select);
}

/** With the schema that it is made for, also when that is the next step's. */
function aimed(config: JsonObject, aim: Aim): JsonObject {
  return aim.from === "next" ? withMember(config, "schema", aim.action ?? aim.schema) : config;
}

function useChange(step: Step): Pick<Mapping, "change" | "set"> {
  const editor = useEditor();
  const change = useCallback<Mapping["change"]>(
    (name, values, edit) => {
      if ("why" in edit) {
        return editor.run(refuse(`mapper.not.${edit.why}`, values));
      }
      const { draft } = editor.getState();
      const next = changeStep(draft, step.id, (node) => ({ ...node, config: edit.config }));
      return editor.run({ ...did(`map.${name}`, next, { values }), part: "rules" });
    },
    [editor, step.id],
  );
  const set = useCallback<Mapping["set"]>(
    (line, member, value) => {
      const path = ["config", ...line.path, member];
      const made = setMember(editor.getState().draft, step.id, path, value);
      if (!("draft" in made)) {
        return;
      }
      const values = { field: member, target: line.target };
      editor.run({ ...made, part: "rules", label: { id: "canvas.did.map.set", values } });
    },
    [editor, step.id],
  );
  return { change, set };
}

export interface Given {
  readonly step: Step;
  readonly config: JsonObject;
  readonly samples: readonly SampleOf[];
  readonly suggestions: readonly Suggestion[];
  readonly store: MapperStore;
}

export function useMappingOf({ step, config, samples, suggestions, store }: Given): Mapping {
  const flow = useEdited((state) => state.flow);
  const known = useKnown();
  const seen = useContextShape(step.id);
  const readOnly = useEdited((state) => state.rulesReadOnly); /* a mapping is a rule, too */
  const at = Math.min(
    useStore(store, (state) => state.at),
    samples.length - 1,
  );
  const aim = useSame(aimOf(known, step));
  const lines = linesOf(config);
  const contexts = useMemo(() => samples.map((sample) => sample.context), [samples]);
  const source = useMemo(() => {
    const own = contexts[at];
    const others = contexts.filter((one) => one !== own);
    return sourceTree(own === undefined ? contexts : [own, ...others], seen);
  }, [contexts, at, seen]);
  const target = useMemo(
    () => targetTree(aim.schema, lines, aim.action !== undefined),
    [aim.schema, aim.action, lines],
  );
  const whole = useMemo(() => aimed(config, aim), [config, aim]);
  const reads = useMemo(() => [...allOf(config)], [config]);
  const kept = useKeptLookups();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a table is known there once it is kept
  const ask = useMemo(() => {
    const plain = withMember(config, "schema", undefined); /* the check holds it against that */
    return lines.length === 0
      ? undefined
      : { flow, config: plain, samples: asked(contexts, reads) };
  }, [flow, config, contexts, lines, reads, kept]);
  const preview = usePreview(ask);
  const [first] = contexts;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const checking = useMemo(
    () =>
      first === undefined
        ? undefined
        : { flow, config: whole, context: asked([first], reads)[0] ?? first },
    [flow, whole, first, reads, kept],
  );
  const check = useCheck(checking);
  const issues = useMemo(
    () => issuesOf(lines, check.now, preview.now, at, contexts[at]),
    [lines, check.now, preview.now, at, contexts],
  );
  const changes = useChange(step);
  const targets = useMemo(() => byTarget(lines), [lines]);
  const sources = useMemo(() => nodesOf(source), [source]);
  const nodes = useMemo(() => nodesOf(target), [target]);
  const open = useMemo(
    () =>
      suggestions.filter(({ to, from }) => !targets.has(to) && nodes.has(to) && sources.has(from)),
    [suggestions, targets, nodes, sources],
  );
  return {
    ...{
      step,
      flow,
      config,
      aim,
      seen,
      lines,
      targets,
      source,
      sources,
      target,
      nodes,
      samples,
      at,
    },
    ...{ preview, check, issues, suggestions: open, readOnly, store },
    ...changes,
  };
}

/** Everything that any expression of the settings reads, also those that no line shows. */
function allOf(config: JsonObject): Set<string> {
  const lines = linesOf(config);
  const more = [
    config.base,
    ...lines.flatMap(({ field }) => [field.where, field.group, field.sort]),
  ];
  const texts = more.filter((value) => value !== undefined).map((value) => writeJson(value));
  return new Set([
    ...lines.flatMap((line) => line.reads),
    ...texts.flatMap((text) => readsOf(text, [])),
  ]);
}

/** The same aim is the same object: what is made of its schema is large. */
function useSame(aim: Aim): Aim {
  const { schema, from, name, action } = aim;
  return useMemo(() => ({ schema, from, name, action }), [schema, from, name, action]);
}
