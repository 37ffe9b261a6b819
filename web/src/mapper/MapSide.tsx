/* One side of the mapper: its name, what finds in it, and its tree. */
import type { ReactNode } from "react";
import { useText } from "../i18n/text.tsx";
import { SearchField } from "../ui/Field.tsx";
import { Tree } from "../ui/Tree.tsx";
import { fromSearch } from "./find.ts";
import { useMapper, useMapping } from "./mapping.tsx";
import type { Shown, TreeNode } from "./trees.ts";

export interface SideProps {
  shown: Shown;
  rowHeight: number;
  onScrolled: (top: number, height: number) => void;
}

export function MapSide(
  props: SideProps & {
    side: "source" | "target";
    content: (node: TreeNode) => ReactNode;
    chosen: string | undefined;
    onChoose: (key: string, byKey: boolean) => void;
    /** Beside the search. */
    children?: ReactNode;
  },
) {
  const t = useText();
  const { store } = useMapping();
  const { side, shown } = props;
  const find = useMapper((state) => state.find);
  const reveal = useMapper((state) => state.reveal);
  return (
    <section className="map-side" aria-label={t(`mapper.${side}`)} data-region={side}>
      <header className="map-side-head">
        <h2>{t(`mapper.${side}`)}</h2>
        <SearchField
          label={t(`mapper.find.${side}`)}
          value={find[side]}
          onKey={(event) => fromSearch(event, side, shown, find[side], store)}
          onChange={(words) => store.setState({ find: { ...find, [side]: words } })}
        />
        {props.children}
      </header>
      <Tree
        className={`map-tree map-tree-${side}`}
        label={t(`mapper.${side}`)}
        count={shown.rows.length}
        rowHeight={props.rowHeight}
        rowAt={(index) => {
          const row = shown.rows[index];
          return row === undefined
            ? undefined
            : {
                key: row.node.key,
                depth: row.depth,
                open: row.open,
                content: props.content(row.node),
              };
        }}
        chosen={props.chosen}
        onCursor={(index) => store.setState({ [side]: shown.rows[index]?.node.key })}
        onToggle={(key, open) => store.fold(side === "source" ? "s" : "t", key, open)}
        onChoose={(key, _, byKey) => props.onChoose(key, byKey)}
        onScrolled={props.onScrolled}
        reveal={{ at: shown.at.get(reveal[side] ?? "") ?? -1, stamp: reveal.stamp }}
      />
    </section>
  );
}
