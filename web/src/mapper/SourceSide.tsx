/* The left side: what there is, with the values of the chosen sample. */
import { type PointerEvent, useMemo } from "react";
import { short } from "../inspector/sample.ts";
import { useTypeWord } from "../inspector/useKnown.ts";
import { Port, useDragFrom } from "./drag.tsx";
import { MapSide, type SideProps } from "./MapSide.tsx";
import { useMapper, useMapping } from "./mapping.tsx";
import { isOpen } from "./store.ts";
import { rowsOf, type Shown, type TreeNode } from "./trees.ts";

export function useSourceShown(): Shown {
  const { source } = useMapping();
  const folds = useMapper((state) => state.folds);
  const find = useMapper((state) => state.find.source);
  const { store } = useMapping();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the folds are read from the store
  return useMemo(() => {
    const words = find.toLowerCase().trim();
    const fits =
      words === ""
        ? undefined
        : (node: TreeNode) =>
            node.key.toLowerCase().includes(words) ||
            (node.kind === "leaf" && String(node.sample).toLowerCase().includes(words));
    return rowsOf(source, (node, depth) => isOpen(store.getState(), "s", node, depth), fits);
  }, [source, folds, find, store]);
}

interface CellProps {
  readonly node: TreeNode;
  readonly used: boolean;
  readonly picked: boolean;
  readonly read: boolean /* by the line of the chosen target */;
  readonly drag: ((event: PointerEvent, source: string) => void) | undefined;
}

function SourceCell({ node, used, picked, read, drag }: CellProps) {
  const typeWord = useTypeWord();
  return (
    <span
      className="map-cell"
      data-source={node.key}
      title={node.key}
      onPointerDown={(event) => drag?.(event, node.key)}
    >
      <span className={read ? "map-name map-read foreign" : "map-name foreign"}>
        {node.name || '""'}
        {node.kind === "list" && <span className="map-mark">[]</span>}
      </span>
      <span className="map-type">{typeWord(node.type)}</span>
      <span className="map-value mono">
        {node.children.length === 0 && node.kind === "leaf" && node.sample !== undefined
          ? short(node.sample)
          : ""}
        {node.kind === "list" && Array.isArray(node.sample) ? `[${node.sample.length}]` : ""}
      </span>
      <Port on={used} picked={picked} />
    </span>
  );
}

export function SourceSide(props: SideProps) {
  const mapping = useMapping();
  const { store, lines, readOnly } = mapping;
  const picked = useMapper((state) => state.picked);
  const chosen = useMapper((state) => state.target);
  const drag = useDragFrom();
  const used = useMemo(() => new Set(lines.flatMap((line) => line.reads)), [lines]);
  const read = useMemo(
    () => new Set((mapping.targets.get(chosen ?? "") ?? []).flatMap((line) => line.reads)),
    [mapping.targets, chosen],
  );
  const content = (node: TreeNode) => (
    <SourceCell
      node={node}
      used={used.has(node.key)}
      picked={picked === node.key}
      read={read.has(node.key)}
      drag={readOnly ? undefined : drag}
    />
  );
  return (
    <MapSide
      {...props}
      side="source"
      content={content}
      chosen={picked}
      onChoose={(key, byKey) => {
        if (readOnly) {
          return;
        }
        store.pick(picked === key ? undefined : key);
        if (byKey && picked !== key) {
          document.querySelector<HTMLElement>(".map-tree-target")?.focus();
        }
      }}
    />
  );
}
