/* The lines between the two trees, as they run now. For the eye alone: the rows say the same. */
import { type RefObject, useMemo, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { useMapper, useMapping } from "./mapping.tsx";
import { sourceParent, targetParent } from "./paths.ts";
import { useElementWidth } from "./width.ts";
import { curve, drawn, linksOf, placed, rowAt, type Side, strokesOf, type Wire } from "./wires.ts";

/** The line from where it was begun to the pointer, on a layer of its own: it moves, the others stay. */
function Dragged({
  box,
  source,
  width,
}: {
  box: RefObject<HTMLDivElement | null>;
  source: Side & { row: number };
  width: number;
}) {
  const drag = useMapper((state) => state.drag);
  const row = useRowOf(source, drag?.source);
  if (drag === undefined || box.current === null || row === undefined) {
    return null;
  }
  const { left, top } = box.current.getBoundingClientRect();
  const to = { x: Math.max(12, drag.x - left), y: drag.y - top };
  return (
    <svg className="map-wires-drag" aria-hidden="true" focusable="false">
      <path
        className="map-wire map-wire-new"
        d={curve({ from: row, to: to.y }, Math.min(to.x, width))}
      />
    </svg>
  );
}

function useRowOf(side: Side & { row: number }, key: string | undefined): number | undefined {
  if (key === undefined) {
    return undefined;
  }
  const found = rowAt(side.shown, key, sourceParent);
  return found === undefined ? undefined : (found.index + 0.5) * side.row - side.top;
}

export function Wires({ source, target, row }: { source: Side; target: Side; row: number }) {
  const t = useText();
  const { lines, suggestions, store } = useMapping();
  const chosen = useMapper((state) => state.target);
  const picked = useMapper((state) => state.picked);
  const frame = useRef<HTMLDivElement>(null);
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
  /* there may be thousands, and a dashed line costs as much as ten: only those that are seen whole */
  const dashed = drawn(thought, source, target, row, true).wires;
  const lit = chosen === undefined ? undefined : rowAt(target.shown, chosen, targetParent)?.key;
  const isLit = (wire: Wire): boolean => wire.target === lit || wire.source === picked;
  return (
    <div className="map-wires" ref={frame}>
      <svg aria-hidden="true" focusable="false">
        {dashed.map((wire) => (
          <path key={wire.key} className="map-wire map-wire-idea" d={curve(wire, width)} />
        ))}
        {strokesOf(wires, width, isLit).map(({ look, paths }) =>
          paths.map((path, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: when lines move, the elements stay
            <path key={`${look} ${i}`} className={look} d={path} />
          )),
        )}
        {wires.map(
          (wire) =>
            wire.count > 1 && (
              <text
                key={wire.key}
                className="map-count"
                x={width / 2}
                y={(wire.from + wire.to) / 2 + 3}
              >
                {wire.count}
              </text>
            ),
        )}
      </svg>
      <Dragged box={frame} source={{ ...source, row }} width={width} />
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
