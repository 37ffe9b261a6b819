/* The card of a step: icon, name, system, how it went; its entry to the left, its exits to the right. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { ChevronsDownUp, ChevronsUpDown, Pin, Plus } from "lucide-react";
import { memo, useContext } from "react";
import { useText } from "../i18n/text.tsx";
import { kindOf } from "../model/catalog.ts";
import { setCollapsed } from "../model/commands/arrange.ts";
import { CARD_HEIGHT, CARD_WIDTH } from "../model/layout.ts";
import { cx } from "../ui/cx.ts";
import { Far, useEdited, useEditor } from "./context.tsx";
import { Face, subtitleOf } from "./Face.tsx";
import { type CardData, type CardNode, elementId, lookOf, portTop } from "./view.ts";

/** Seen from afar there are none to be hit; the wires know their places without them. */
const Ports = memo(function Ports({ data }: { data: CardData }) {
  return useContext(Far) ? null : <NearPorts data={data} />;
});

function NearPorts({ data }: { data: CardData }) {
  const editor = useEditor();
  const t = useText();
  const { step, ports } = data;
  const plain = ports.filter((port) => !port.error);
  const wired = data.wired.split(" ");
  const open = (port: string, x: number, y: number): void => {
    editor.setState({ picker: { after: { id: step.id, port }, screen: { x, y } } });
  };
  return (
    <>
      {kindOf(step.type) !== "trigger" && (
        <Handle
          id="in"
          type="target"
          position={Position.Left}
          className="port"
          style={{ top: CARD_HEIGHT / 2 }}
        />
      )}
      {plain.map((port, i) => (
        <Handle
          key={port.name}
          id={port.name}
          type="source"
          position={Position.Right}
          className="port port-out"
          style={{ top: portTop(i, plain.length) }}
        >
          {!wired.includes(port.name) && (
            <span className="port-loose">
              {ports.length > 1 && <span className="port-name foreign">{port.name}</span>}
              <button
                type="button"
                className="port-plus nodrag nopan"
                tabIndex={-1}
                title={t("canvas.addAfter", { port: port.name })}
                aria-label={t("canvas.addAfter", { port: port.name })}
                onClick={(event) => open(port.name, event.clientX, event.clientY)}
              >
                <Plus size={11} aria-hidden="true" />
              </button>
            </span>
          )}
        </Handle>
      ))}
      {ports.some((port) => port.error) && (
        <Handle
          id="error"
          type="source"
          position={Position.Bottom}
          className="port port-error"
          style={{ left: CARD_WIDTH / 2 }}
        />
      )}
    </>
  );
}

/** What became of the step from one version to the other, in a word. */
function Marked({ mark }: { mark: CardData["mark"] }) {
  const t = useText();
  return mark && <span className="card-mark">{t(`version.kind.${mark}`)}</span>;
}

function useLabel(data: CardData): string {
  const t = useText();
  const pinned = useEdited((state) => state.pinned.has(data.step.id));
  const parts = [data.step.title, subtitleOf(data)];
  if (pinned) {
    parts.push(t("inspector.pinned"));
  }
  if (data.state !== undefined) {
    parts.push(t(`canvas.state.${data.state.state}`));
  }
  if (data.state?.tries !== undefined && data.state.tries > 1) {
    parts.push(t("step.tries", { count: data.state.tries }));
  }
  if (data.mark !== undefined) {
    parts.push(t(`version.kind.${data.mark}`));
  }
  if (data.step.node.disabled === true) {
    parts.push(t("canvas.disabled"));
  }
  parts.push(t("canvas.ends", { inputs: data.inputs, outputs: data.ports.length }));
  if (data.problems !== 0) {
    parts.push(
      t(data.problems > 0 ? "canvas.problems" : "canvas.warnings", {
        count: Math.abs(data.problems),
      }),
    );
  }
  return parts.join(", ");
}

function useClass(data: CardData, selected: boolean): string {
  const look = useEdited((state) => lookOf(data.step.id, state));
  return cx(
    "card",
    selected && "card-selected",
    look,
    data.step.node.disabled === true && "card-disabled",
    data.mark !== undefined && `card-${data.mark}`,
    data.state !== undefined && `card-state-${data.state.state}`,
    data.problems > 0 && "card-wrong",
    data.type === undefined && "card-unknown",
  );
}

/** Tests take what is kept of it. */
function Pinned({ id }: { id: string }) {
  const t = useText();
  const pinned = useEdited((state) => state.pinned.has(id));
  return (
    pinned && (
      <span className="card-pinned" title={t("inspector.pinned")} aria-hidden="true">
        <Pin size={11} />
      </span>
    )
  );
}

export const StepCard = memo(function StepCard({ id, data, selected }: NodeProps<CardNode>) {
  const label = useLabel(data);
  const look = useClass(data, selected);
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a card of the board, not a set of fields
    <div
      id={elementId(id)}
      className={look}
      role="group"
      aria-roledescription={t("canvas.step")}
      aria-label={label}
    >
      <Face data={data} />
      <Marked mark={data.mark} />
      <Pinned id={id} />
      {data.step.body && <Fold data={data} />}
      <Ports data={data} />
    </div>
  );
});

function Fold({ data }: { data: CardData }) {
  const editor = useEditor();
  const t = useText();
  const Icon = data.collapsed ? ChevronsUpDown : ChevronsDownUp;
  const label = t(data.collapsed ? "canvas.unfold" : "canvas.fold");
  return (
    <button
      type="button"
      className="card-fold nodrag"
      tabIndex={-1}
      title={label}
      aria-label={label}
      onClick={(event) => {
        event.stopPropagation();
        editor.run(setCollapsed(editor.getState().draft, data.step.id, !data.collapsed));
      }}
    >
      <Icon size={14} aria-hidden="true" />
    </button>
  );
}

/** A loop that is open: its card is the head of a frame, in which its steps stand. */
export const LoopFrame = memo(function LoopFrame({
  id,
  data,
  selected,
  width,
  height,
}: NodeProps<CardNode>) {
  const label = useLabel(data);
  const look = useClass(data, selected);
  const editor = useEditor();
  const t = useText();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a card of the board, not a set of fields
    <div
      id={elementId(id)}
      className={cx(look, "loop")}
      style={{ width, height }}
      role="group"
      aria-roledescription={t("canvas.loop")}
      aria-label={label}
    >
      <div className="loop-head">
        <Face data={data} />
        <Marked mark={data.mark} />
        <Pinned id={id} />
        <Fold data={data} />
      </div>
      {data.empty && (
        <button
          type="button"
          className="loop-empty nodrag"
          tabIndex={-1}
          onClick={(event) =>
            editor.setState({
              picker: {
                level: id,
                at: { x: 0, y: 0 },
                screen: { x: event.clientX, y: event.clientY },
              },
            })
          }
        >
          <Plus size={14} aria-hidden="true" />
          {t("canvas.addInside")}
        </button>
      )}
      <Ports data={data} />
    </div>
  );
});
