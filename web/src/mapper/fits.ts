/* What of a kept mapping fits here: whether its targets are there, its sources have values, and
 * whether a line stands there already. */
import type { JsonObject } from "../model/json.ts";
import { arrayOf } from "../model/json.ts";
import { valueAt } from "../model/pointer.ts";
import { type Edit, MOST_FIELDS, removeLines } from "./edits.ts";
import { byTarget, type Line, linesOf } from "./lines.ts";
import { sourceParent } from "./paths.ts";
import type { TreeNode } from "./trees.ts";
import { rowAt } from "./wires.ts";

export interface Fit {
  readonly line: Line /* of the outermost list: with all that is in it */;
  readonly there: boolean /* the target is one of the schema's */;
  readonly missing: readonly string[] /* sources that no sample has */;
  readonly mapped: boolean;
  readonly same: boolean /* the very same line stands there */;
}

export function fitsOf(
  template: JsonObject,
  config: JsonObject,
  nodes: ReadonlyMap<string, TreeNode>,
  sources: ReadonlyMap<string, TreeNode>,
): Fit[] {
  const lines = linesOf(template);
  const own = byTarget(linesOf(config));
  const shown = { rows: [], at: new Map([...sources.keys()].map((key, i) => [key, i])) };
  const known = (read: string): boolean => {
    const found = rowAt(shown, read, sourceParent);
    return found?.key === read || (read.endsWith("[]") && found?.key === read.slice(0, -2));
  };
  return lines
    .filter((line) => line.path.length === 2)
    .map((line) => {
      const inner = lines.filter((one) => one.path[1] === line.path[1]);
      const missing = [...new Set(inner.flatMap((one) => one.reads))].filter(
        (read) => !known(read),
      );
      const mapped = own.get(line.target) ?? [];
      const node = nodes.get(line.target);
      return {
        line,
        there: node !== undefined && node.strange !== true,
        missing,
        mapped: mapped.length > 0,
        same: mapped.some((one) => JSON.stringify(one.field) === JSON.stringify(line.field)),
      };
    });
}

/** The chosen lines, in place of those that have their targets. */
export function applied(config: JsonObject, chosen: readonly Fit[]): Edit {
  const targets = new Set(chosen.map((fit) => fit.line.target));
  const gone = linesOf(config).filter((line) => line.path.length === 2 && targets.has(line.target));
  const left = removeLines(
    config,
    gone.map((line) => line.path),
  );
  const fields = [...arrayOf(valueAt(left, ["fields"])), ...chosen.map((fit) => fit.line.field)];
  return fields.length > MOST_FIELDS ? { why: "full" } : { config: { ...left, fields } };
}
