/* What was expected and what came, as one tree: what differs is marked in words, too. */
import { useMemo } from "react";
import { type TextKey, useText } from "../i18n/text.tsx";
import { isArray, isObject, type Json, writeJson } from "../model/json.ts";
import { cx } from "../ui/cx.ts";
import { type Branch, diffTree } from "./tests.ts";

const MOST = 300;
const WORDS: Record<Branch["change"], TextKey | undefined> = {
  same: undefined,
  inside: undefined,
  changed: "rules.diff.changed",
  added: "rules.diff.added",
  removed: "rules.diff.removed",
};

function short(value: Json | undefined): string {
  if (value === undefined) {
    return "";
  }
  const text = writeJson(value);
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function Value({ branch }: { branch: Branch }) {
  const { change, before, after } = branch;
  if (change === "inside" || (change === "same" && (isObject(before) || isArray(before)))) {
    return <span className="muted">{isArray(before) ? "[ ]" : "{ }"}</span>;
  }
  return (
    <>
      {change !== "added" && change !== "same" && (
        <del className="diff-before foreign">{short(before)}</del>
      )}
      {change !== "removed" && (
        <span className={cx("foreign", change !== "same" && "diff-after")}>{short(after)}</span>
      )}
    </>
  );
}

export function TreeDiff({ before, after }: { before: Json | undefined; after: Json | undefined }) {
  const t = useText();
  const branches = useMemo(() => diffTree(before, after), [before, after]);
  return (
    <ul className="tree-diff mono">
      {branches.slice(0, MOST).map((branch, i) => {
        const words = WORDS[branch.change];
        return (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: a branch is known by its place
            key={i}
            className={`tree-diff-${branch.change}`}
            style={{ paddingInlineStart: `${branch.depth * 14}px` }}
          >
            {branch.name !== "" && <span className="tree-diff-name foreign">{branch.name}</span>}
            <Value branch={branch} />
            {words !== undefined && <span className="tree-diff-word">{t(words)}</span>}
          </li>
        );
      })}
      {branches.length > MOST && <li className="muted">…</li>}
    </ul>
  );
}
