/* The left side: what there is, with the values of the chosen sample. */
import { useMemo, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { short } from "../inspector/sample.ts";
import { useTypeWord } from "../inspector/useKnown.ts";
import { SearchField } from "../ui/Field.tsx";
import { Tree } from "../ui/Tree.tsx";
import { Port, useDragFrom } from "./drag.tsx";
import { fromSearch } from "./find.ts";
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

export function SourceSide(props: {
  shown: Shown;
  rowHeight: number;
  onScrolled: (top: number, height: number) => void;
}) {
  const t = useText();
  const typeWord = useTypeWord();
  const mapping = useMapping();
  const { store, lines, readOnly } = mapping;
  const find = useMapper((state) => state.find);
  const picked = useMapper((state) => state.picked);
  const chosen = useMapper((state) => state.target);
  const reveal = useMapper((state) => state.reveal);
  const box = useRef<HTMLElement>(null);
  const drag = useDragFrom();
  const used = useMemo(() => new Set(lines.flatMap((line) => line.reads)), [lines]);
  const read = useMemo(
    () => new Set((mapping.targets.get(chosen ?? "") ?? []).flatMap((line) => line.reads)),
    [mapping.targets, chosen],
  );
  const { rows, at } = props.shown;
  const content = (node: TreeNode) => (
    <span
      className="map-cell"
      data-source={node.key}
      title={node.key}
      onPointerDown={(event) => !readOnly && drag(event, node.key)}
    >
      <span className={read.has(node.key) ? "map-name map-read foreign" : "map-name foreign"}>
        {node.name}
        {node.kind === "list" && <span className="map-mark">[]</span>}
      </span>
      <span className="map-type">{typeWord(node.type)}</span>
      <span className="map-value mono">
        {node.children.length === 0 && node.kind === "leaf" && node.sample !== undefined
          ? short(node.sample)
          : ""}
        {node.kind === "list" && Array.isArray(node.sample) ? `[${node.sample.length}]` : ""}
      </span>
      <Port on={used.has(node.key)} picked={picked === node.key} />
    </span>
  );
  return (
    <section className="map-side" ref={box} aria-label={t("mapper.source")} data-region="source">
      <header className="map-side-head">
        <h2>{t("mapper.source")}</h2>
        <SearchField
          label={t("mapper.find.source")}
          value={find.source}
          onKey={(event) => fromSearch(event, "source", props.shown, find.source, store)}
          onChange={(source) => store.setState({ find: { ...find, source } })}
        />
      </header>
      <Tree
        className="map-tree map-tree-source"
        label={t("mapper.source")}
        count={rows.length}
        rowHeight={props.rowHeight}
        rowAt={(index) => {
          const row = rows[index];
          return row === undefined
            ? undefined
            : { key: row.node.key, depth: row.depth, open: row.open, content: content(row.node) };
        }}
        chosen={picked}
        onCursor={(index) => store.setState({ source: rows[index]?.node.key })}
        onToggle={(key, open) => store.fold("s", key, open)}
        onChoose={(key, _, byKey) => {
          if (readOnly) {
            return;
          }
          store.pick(picked === key ? undefined : key);
          if (byKey && picked !== key) {
            document.querySelector<HTMLElement>(".map-tree-target")?.focus();
          }
        }}
        onScrolled={props.onScrolled}
        reveal={{ at: at.get(reveal.source ?? "") ?? -1, stamp: reveal.stamp }}
      />
    </section>
  );
}
