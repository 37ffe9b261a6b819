// Where a field of a run came from, or where it went, as the program traces it.
import { useQuery } from "@tanstack/react-query";
import { client, gotExact } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { arrayOf, type Json, objectOf, textOf, writeJson } from "../model/json.ts";

/** What is asked for stands in the address: "output/ARDocAmt", ">input/body/amount" (where it went),
 * "settings" (what a step was told to do: of a connector, its request). */
export interface Asked {
  forward: boolean;
  side: "input" | "output" | "settings";
  at: string;
}
export function askedOf(field: string): Asked {
  const forward = field.startsWith(">");
  const [, side, at = ""] = /^>?(input|output|settings)(.*)$/.exec(field) ?? [];
  return { forward, side: side === "input" || side === "settings" ? side : "output", at };
}

interface Link {
  hop: number;
  relation: string;
  node: string;
  pointer: string;
  text: string | undefined;
  names: string[];
}
export interface Hop {
  id: number;
  run: string;
  step: string;
  side: string;
  at: string;
  node: string | undefined;
  title: string | undefined;
  type: string | undefined;
  end: string | undefined;
  name: string | undefined;
  absent: boolean;
  /** As it is shown; undefined: none is known. */
  value: string | undefined;
  from: Link[];
}
export interface Lineage {
  hops: Hop[];
  /** How each was first come to: from which, and by what. */
  by: Map<number, { of: Hop; link: Link }>;
  more: boolean;
  values: boolean;
}

function linkOf(json: Json): Link {
  const link = objectOf(json);
  const by = objectOf(link.by);
  return {
    hop: Number(link.hop),
    relation: textOf(link.relation) ?? "",
    node: textOf(by.node) ?? "",
    pointer: textOf(by.pointer) ?? "",
    text: textOf(by.text),
    names: arrayOf(by.names).map((name) => textOf(name) ?? ""),
  };
}

function hopOf(json: Json): Hop {
  const hop = objectOf(json);
  const value = objectOf(hop.value);
  const size = textOf(value.kind);
  const large = size && `${size}, ${String(value.count ?? value.bytes)}`;
  return {
    id: Number(hop.id),
    run: textOf(hop.run) ?? "",
    step: textOf(hop.step) ?? "",
    side: textOf(hop.side) ?? "",
    at: textOf(hop.at) ?? "",
    node: textOf(hop.node),
    title: textOf(hop.title),
    type: textOf(hop.type),
    end: textOf(hop.end),
    name: textOf(hop.name),
    absent: hop.absent === true,
    value: value.value === undefined ? large : writeJson(value.value),
    from: arrayOf(hop.from).map(linkOf),
  };
}

export function lineageOf(json: Json): Lineage {
  const told = objectOf(json);
  const hops = arrayOf(told.hops).map(hopOf);
  const by: Lineage["by"] = new Map();
  for (const of of hops)
    for (const link of of.from)
      if (link.hop > 0 && !by.has(link.hop)) by.set(link.hop, { of, link });
  return { hops, by, more: told.more === true, values: told.values === true };
}

const DECIDES = ["because", "asked"];

/** Those that the value is from; the others decided about it, or a system was asked with them. */
export function valueHops({ hops }: Lineage): Set<number> {
  const all = new Set([0]);
  for (const id of all)
    for (const link of hops[id]?.from ?? [])
      if (!DECIDES.includes(link.relation)) all.add(link.hop);
  return all;
}

export function useLineage(run: string, step: string, field: string) {
  const workspace = useSession((session) => session.workspace);
  const { forward, side, at } = askedOf(field);
  return useQuery({
    queryKey: [workspace, "runs", run, "lineage", step, field],
    enabled: field !== "",
    queryFn: async ({ signal }) =>
      lineageOf(
        await gotExact(
          client.GET("/runs/{run}/lineage", {
            params: {
              path: { run },
              query: {
                ...(step === "" ? {} : { step }),
                side,
                at,
                direction: forward ? "forward" : "back",
              },
            },
            parseAs: "text",
            signal,
          }),
        ),
      ),
  });
}
