/* An edge: its exit's name, how many went this way, and the plus that puts a step in between. */
import { type EdgeProps, getBezierPath, Position } from "@xyflow/react";
import { memo, useContext } from "react";
import { count as counted } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import { Far, useEditor } from "./context.tsx";
import type { WireEdge } from "./view.ts";

/** From the edge of a port, as it is hit, to its dot, as it is seen. */
const GAP = 7;

/** The plus that puts a step in between. */
function InsertHere({ edge, x, y }: { edge: string; x: number; y: number }) {
  const editor = useEditor();
  const t = useText();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: within a drawing
    <g
      className="wire-plus"
      transform={`translate(${x}, ${y})`}
      onClick={(event) => {
        event.stopPropagation();
        editor.setState({
          picker: { onEdge: edge, screen: { x: event.clientX, y: event.clientY } },
        });
      }}
    >
      <title>{t("canvas.insert")}</title>
      <circle r={12} className="wire-plus-hit" />
      <circle r={9} />
      <path d="M-4 0H4M0 -4V4" />
    </g>
  );
}

export const Wire = memo(function Wire(props: EdgeProps<WireEdge>) {
  const far = useContext(Far);
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, selected } =
    props;
  const down = sourcePosition === Position.Bottom;
  const [path, x, y] = getBezierPath({
    sourceX: down ? sourceX : sourceX - GAP,
    sourceY: down ? sourceY - GAP : sourceY,
    targetX: targetX + GAP - 1,
    targetY,
    sourcePosition,
    targetPosition,
    curvature: 0.32,
  });
  const words = [data?.label ?? "", data?.count === undefined ? "" : counted(data.count)]
    .filter(Boolean)
    .join(" · ");
  return (
    <g
      className={cx(
        "wire",
        selected && "wire-selected",
        data?.error && "wire-error",
        data?.idle && "wire-idle",
        data?.mark !== undefined && `wire-${data.mark}`,
      )}
    >
      <path d={path} className="wire-hit" />
      <path d={path} className="wire-line" markerEnd="url(#wire-end)" />
      {!far && words !== "" && (
        <text
          x={sourceX + (data?.error ? 8 : 14)}
          y={sourceY + (data?.error ? 22 : -6)}
          className="wire-label foreign"
        >
          {words}
        </text>
      )}
      {!far && data !== undefined && <InsertHere edge={data.edge.key} x={x} y={y} />}
    </g>
  );
});
