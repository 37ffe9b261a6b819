/* The right side: what is to be made, by which line, with which value and which trouble. */
import { CircleAlert, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import { short } from "../inspector/sample.ts";
import { useTypeWord } from "../inspector/useKnown.ts";
import { isExpression } from "../model/expressions.ts";
import { isArray, type Json, type JsonObject, writeJson } from "../model/json.ts";
import { cx } from "../ui/cx.ts";
import { Select } from "../ui/Field.tsx";
import { isFilled, lead } from "./acts.ts";
import { chainOf } from "./chain.ts";
import { Port } from "./drag.tsx";
import type { Line } from "./lines.ts";
import { MapSide, type SideProps } from "./MapSide.tsx";
import { useMapper, useMapping } from "./mapping.tsx";
import type { Issue } from "./server.ts";
import { isOpen, type Only } from "./store.ts";
import { valueIn } from "./target.ts";
import { rowsOf, type Shown, type TreeNode } from "./trees.ts";

const ONLY: Only[] = ["all", "mapped", "unmapped", "required", "wrong"];

export function useTargetShown(): Shown {
  const { target, store, targets, issues } = useMapping();
  const folds = useMapper((state) => state.folds);
  const find = useMapper((state) => state.find.target);
  const only = useMapper((state) => state.only);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folds are read from the store
  return useMemo(() => {
    const words = find.toLowerCase().trim();
    const kinds: Record<Only, (node: TreeNode) => boolean> = {
      all: () => true,
      mapped: (node) => targets.has(node.key),
      unmapped: (node) => node.children.length === 0 && !isFilled({ targets }, node.key),
      required: (node) => node.required === true,
      wrong: (node) => issues.has(node.key),
    };
    const fits =
      words === "" && only === "all"
        ? undefined
        : (node: TreeNode) =>
            kinds[only](node) && (words === "" || node.key.toLowerCase().includes(words));
    return rowsOf(target, (node, depth) => isOpen(store.getState(), "t", node, depth), fits);
  }, [target, folds, find, only, store, targets, issues]);
}

/** How a target is filled, in a few signs. */
export function howOf(lines: readonly Line[] | undefined): string {
  const [line] = lines ?? [];
  if (line === undefined) {
    return "";
  }
  if (lines !== undefined && lines.length > 1) {
    return `if … ×${lines.length}`;
  }
  const { field } = line;
  if (line.kind === "list") {
    const parts = [field.where && "where", field.group && "group", field.sort && "sort"];
    return ["for each", ...parts.filter(Boolean)].join(" · ");
  }
  const { from } = field;
  if (!isExpression(from)) {
    return from === undefined ? "…" : short(from);
  }
  const { base, calls } = chainOf(from.slice(1));
  const chips = calls.map((call) => (call.method ? `:${call.name}` : call.name));
  const plain = line.kind === "path" || chips.length > 0;
  const marks = [field.when === undefined ? "" : "if", field.default === undefined ? "" : "or"];
  return [plain ? chips.join(" · ") : base, ...marks].filter(Boolean).join(" · ");
}

export function valueText(value: Json | undefined, node: TreeNode): string {
  if (value === undefined) {
    return "";
  }
  if (node.children.length > 0) {
    return isArray(value) ? `[${value.length}]` : "";
  }
  return typeof value === "string" ? value : short(value);
}

export function IssueMark({ issues }: { issues: readonly Issue[] | undefined }) {
  if (issues === undefined || issues.length === 0) {
    return null;
  }
  const error = issues.some((issue) => issue.severity === "error");
  const words = issues.map((issue) => issue.text).join("\n");
  const Icon = error ? CircleAlert : TriangleAlert;
  return (
    <span className={error ? "map-issue tone-text-err" : "map-issue tone-text-warn"} title={words}>
      <Icon size={13} aria-hidden="true" />
      <span className="visually-hidden foreign">{words}</span>
    </span>
  );
}

function useSuggested(): ReadonlySet<string> {
  const { suggestions } = useMapping();
  return useMemo(() => new Set(suggestions.map((one) => one.to)), [suggestions]);
}

interface CellProps {
  readonly node: TreeNode;
  readonly lines: readonly Line[] | undefined;
  readonly output:
    | JsonObject
    | undefined /* of the whole mapping, for the sample that is looked at */;
  readonly wrong: readonly Issue[] | undefined;
  readonly suggested: boolean;
  readonly stale: boolean;
}

function TargetCell({ node, lines, output, wrong, suggested, stale }: CellProps) {
  const typeWord = useTypeWord();
  const value = output === undefined ? undefined : valueIn(output, node.key);
  return (
    <span className="map-cell" data-target={node.key} title={node.help ?? node.key}>
      <Port on={lines !== undefined} picked={suggested} />
      <span className={cx("map-name foreign", node.strange && "map-strange")}>
        {node.name || '""'}
        {node.kind === "list" && <span className="map-mark">[]</span>}
        {node.required && <span className="field-required"> *</span>}
      </span>
      <span className="map-type">
        {typeWord(node.type)}
        {node.limit !== undefined && <span className="foreign"> {node.limit}</span>}
      </span>
      {lines !== undefined && <span className="map-how mono truncate">{howOf(lines)}</span>}
      <span
        className={cx("map-value mono", stale && "map-stale")}
        title={value === undefined ? undefined : writeJson(value).slice(0, 400)}
      >
        {valueText(value, node)}
      </span>
      <IssueMark issues={wrong} />
    </span>
  );
}

export function TargetSide(props: SideProps) {
  const t = useText();
  const mapping = useMapping();
  const { store, targets, issues, preview, at } = mapping;
  const only = useMapper((state) => state.only);
  const chosen = useMapper((state) => state.target);
  const picked = useMapper((state) => state.picked);
  const suggested = useSuggested();
  const output = preview.now?.outcomes[at]?.output;
  const content = (node: TreeNode) => (
    <TargetCell
      node={node}
      lines={targets.get(node.key)}
      output={output}
      wrong={issues.get(node.key)}
      suggested={suggested.has(node.key)}
      stale={preview.busy}
    />
  );
  return (
    <MapSide
      {...props}
      side="target"
      content={content}
      chosen={chosen}
      onChoose={(key, byKey) => {
        if (picked !== undefined) {
          lead(mapping, picked, key);
          return;
        }
        store.setState({ target: key, tab: "field", side: true });
        if (byKey) {
          requestAnimationFrame(() => document.querySelector<HTMLElement>(".map-panel")?.focus());
        }
      }}
    >
      <Select
        label={t("mapper.only")}
        hideLabel
        value={only}
        choices={ONLY.map((value) => ({ value, label: t(`mapper.only.${value}`) }))}
        onChange={(value) => store.setState({ only: value as Only })}
      />
    </MapSide>
  );
}
