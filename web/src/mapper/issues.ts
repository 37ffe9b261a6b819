/* What is wrong with the lines of a mapping, by the targets that they fill. */
import type { JsonObject } from "../model/json.ts";
import { pointerOf } from "../model/pointer.ts";
import type { Line } from "./lines.ts";
import { type Checked, type Issue, lineOf, type Previewed } from "./server.ts";
import { lacks } from "./target.ts";

const MISSING = /^the target "(.+)" is required, and/;

/** What is wrong, by target: of the sample that is shown, of the check, of the whole (""). */
export function issuesOf(
  lines: readonly Line[],
  checked: Checked | undefined,
  previewed: Previewed | undefined,
  at: number,
  context: JsonObject | undefined,
): Map<string, Issue[]> {
  const out = new Map<string, Issue[]>();
  const targetOf = new Map(lines.map((line) => [pointerOf(line.path), line.target]));
  /* what no sample has says nothing about the line that reads it */
  const unseen = new Set(
    lines.filter((line) => lacks(context ?? {}, line.reads)).map((line) => pointerOf(line.path)),
  );
  const add = (target: string, issue: Issue): void => {
    const list = out.get(target) ?? [];
    if (!list.some((one) => one.text === issue.text)) {
      out.set(target, [...list, issue]);
    }
  };
  for (const [pointer, text] of previewed?.outcomes[at]?.errors ?? []) {
    if (!unseen.has(pointer)) {
      add(targetOf.get(pointer) ?? "", { severity: "error", text, pointer });
    }
  }
  for (const target of checked?.targets ?? []) {
    for (const issue of target.issues) {
      add(target.path, issue);
    }
  }
  for (const { pointer, message, warning } of checked?.faults ?? previewed?.faults ?? []) {
    const missing = MISSING.exec(message)?.[1];
    const line = lineOf(pointer);
    const target = missing ?? targetOf.get(line) ?? "";
    add(target, { severity: warning ? "warning" : "error", text: message, pointer: line });
  }
  return out;
}
