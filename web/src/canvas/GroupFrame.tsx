/* Steps that are kept together, in a frame or folded into one card. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { ChevronsDownUp, ChevronsUpDown, Group as GroupIcon } from "lucide-react";
import { memo } from "react";
import { useText } from "../i18n/text.tsx";
import { changeGroup } from "../model/commands/arrange.ts";
import { CARD_HEIGHT } from "../model/layout.ts";
import { cx } from "../ui/cx.ts";
import { write } from "./actions.ts";
import { useEdited, useEditor } from "./context.tsx";
import { elementId, type GroupNode } from "./view.ts";

export const GroupFrame = memo(function GroupFrame({ id, data, selected }: NodeProps<GroupNode>) {
  const editor = useEditor();
  const t = useText();
  const { group } = data;
  const focused = useEdited((state) => group.collapsed && group.steps.includes(state.focus ?? ""));
  const Icon = group.collapsed ? ChevronsUpDown : ChevronsDownUp;
  const label = t(group.collapsed ? "canvas.unfold" : "canvas.fold");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a card of the board, not a set of fields
    <div
      id={elementId(id)}
      className={cx(
        "group",
        group.collapsed && "group-folded",
        selected && "group-selected",
        focused && "card-focused",
      )}
      role="group"
      aria-label={
        group.collapsed
          ? `${group.title}, ${t("canvas.hidden", { count: data.hidden })}`
          : group.title
      }
    >
      <div className="group-head">
        <GroupIcon size={14} aria-hidden="true" />
        <button
          type="button"
          className="group-title foreign"
          tabIndex={-1}
          onDoubleClick={() => write(editor, id)}
        >
          {group.title}
        </button>
        {data.hidden > 0 && (
          <span className="group-count">{t("canvas.hidden", { count: data.hidden })}</span>
        )}
        <button
          type="button"
          className="card-fold nodrag"
          tabIndex={-1}
          title={label}
          aria-label={label}
          onClick={() =>
            editor.run(
              changeGroup(editor.getState().draft, group.id, { collapsed: !group.collapsed }),
            )
          }
        >
          <Icon size={14} aria-hidden="true" />
        </button>
      </div>
      {group.collapsed && (
        <>
          <Handle
            id="in"
            type="target"
            position={Position.Left}
            className="port"
            style={{ top: CARD_HEIGHT / 2 }}
            isConnectable={false}
          />
          <Handle
            id="out"
            type="source"
            position={Position.Right}
            className="port"
            style={{ top: CARD_HEIGHT / 2 }}
            isConnectable={false}
          />
        </>
      )}
    </div>
  );
});
