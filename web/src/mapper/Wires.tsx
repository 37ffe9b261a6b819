/* The lines between the two trees, as they run now. For the eye alone: the rows say the same. */
import { useMemo, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import { useMapper, useMapping } from "./mapping.tsx";
import { sourceParent, targetParent } from "./paths.ts";
import { useElementWidth } from "./width.ts";
import { curve, drawn, linksOf, placed, rowAt, type Side, type Wire } from "./wires.ts";

/** The line from where it was begun to the pointer. */
function Dragged({
  box,
  source,
  width,
}: {
  box: SVGSVGElement | null;
  source: Side;
  width: number;
}) {
  const drag = useMapper((state) => state.drag);
  const row = useRowOf(source, drag?.source);
  if (drag === undefined || box === null || row === undefined) {
    return null;
  }
  const { left, top } = box.getBoundingClientRect();
  const to = { x: Math.max(12, drag.x - left), y: drag.y - top };
  return (
    <path
      className="map-wire map-wire-new"
      d={curve({ from: row, to: to.y }, Math.min(to.x, width))}
    />
  );
}

function useRowOf(side: Side & { row?: number }, key: string | undefined): number | undefined {
  if (key === undefined) {
    return undefined;
  }
  const found = rowAt(side.shown, key, sourceParent);
  return found === undefined ? undefined : (found.index + 0.5) * (side.row ?? 26) - side.top;
}

export function Wires({ source, target, row }: { source: Side; target: Side; row: number }) {
  const t = useText();
  const { lines, suggestions, store } = useMapping();
  const chosen = useMapper((state) => state.target);
  const picked = useMapper((state) => state.picked);
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useElementWidth(frame);
  const links = useMemo(() => linksOf(lines), [lines]);
  const ideas = useMemo(
    () => suggestions.map(({ to, from }) => ({ source: from, target: to, list: false })),
    [suggestions],
  );
  const lying = useMemo(
    () => placed(links, source.shown, target.shown),
    [links, source.shown, target.shown],
  );
  const thought = useMemo(
    () => placed(ideas, source.shown, target.shown),
    [ideas, source.shown, target.shown],
  );
  const { wires, stubs } = drawn(lying, source, target, row);
  const dashed = drawn(thought, source, target, row).wires;
  const isChosen = (at: string): boolean =>
    chosen !== undefined && rowAt(target.shown, chosen, targetParent)?.key === at;
  const isLit = (wire: Wire): boolean => isChosen(wire.target) || wire.source === picked;
  return (
    <div className="map-wires" ref={frame}>
      <svg ref={svg} aria-hidden="true" focusable="false">
        {dashed.map((wire) => (
          <path key={wire.key} className="map-wire map-wire-idea" d={curve(wire, width)} />
        ))}
        {wires.map((wire) => (
          <g key={wire.key}>
            {wire.list && (
              <path
                className={cx("map-wire map-wire-list", isLit(wire) && "map-wire-chosen")}
                d={curve(wire, width)}
              />
            )}
            <path
              className={cx(
                "map-wire",
                wire.folded && "map-wire-folded",
                wire.list && "map-wire-inner",
                !wire.list && isLit(wire) && "map-wire-chosen",
              )}
              d={curve(wire, width)}
            />
            {wire.count > 1 && (
              <text className="map-count" x={width / 2} y={(wire.from + wire.to) / 2 + 3}>
                {wire.count}
              </text>
            )}
          </g>
        ))}
        <Dragged box={svg.current} source={{ ...source, row } as Side} width={width} />
      </svg>
      {stubs.map((stub) => (
        <button
          key={`${stub.side} ${stub.edge}`}
          type="button"
          tabIndex={-1}
          className={`map-stub map-stub-${stub.side} map-stub-${stub.edge}`}
          aria-label={t(`mapper.stub.${stub.edge}`, { count: stub.count })}
          onClick={() => store.show({ [stub.side]: stub.next })}
        >
          {stub.edge === "above" ? "↑" : "↓"} {stub.count}
        </button>
      ))}
    </div>
  );
}
