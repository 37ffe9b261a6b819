/* What stands on the board besides steps: notes and groups. */
import { Handle, type NodeProps, NodeResizer, Position } from "@xyflow/react";
import { ChevronsDownUp, ChevronsUpDown, Group as GroupIcon } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { changeGroup, changeNote } from "../model/commands/arrange.ts";
import { CARD_HEIGHT } from "../model/layout.ts";
import { cx } from "../ui/cx.ts";
import { useEditor } from "./context.tsx";
import type { GroupNode, NoteNode } from "./view.ts";

export const NoteCard = memo(function NoteCard({ data, selected }: NodeProps<NoteNode>) {
  const editor = useEditor();
  const t = useText();
  const { note } = data;
  const [editing, setEditing] = useState(note.text === "");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (editing) {
      field.current?.focus();
    }
  }, [editing]);
  const change = (what: Parameters<typeof changeNote>[2]): void => {
    editor.run(changeNote(editor.getState().draft, note.id, what));
  };
  return (
    <div className={cx("note", selected && "note-selected")}>
      <NodeResizer
        isVisible={selected}
        minWidth={120}
        minHeight={48}
        onResizeEnd={(_, size) =>
          change({
            x: Math.round(size.x),
            y: Math.round(size.y),
            w: Math.round(size.width),
            h: Math.round(size.height),
          })
        }
      />
      {editing ? (
        <textarea
          ref={field}
          className="note-field nodrag nowheel"
          aria-label={t("canvas.note")}
          value={note.text}
          onChange={(event) => change({ text: event.target.value })}
          onBlur={() => {
            setEditing(false);
            editor.settle();
          }}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === "Escape") {
              event.currentTarget.blur();
            }
          }}
        />
      ) : (
        <button
          type="button"
          className="note-text foreign"
          tabIndex={-1}
          onDoubleClick={() => setEditing(true)}
        >
          {note.text === "" ? t("canvas.noteEmpty") : note.text}
        </button>
      )}
    </div>
  );
});

export const GroupFrame = memo(function GroupFrame({ data, selected }: NodeProps<GroupNode>) {
  const editor = useEditor();
  const t = useText();
  const { group } = data;
  const [title, setTitle] = useState<string>();
  const Icon = group.collapsed ? ChevronsUpDown : ChevronsDownUp;
  const label = t(group.collapsed ? "canvas.unfold" : "canvas.fold");
  const rename = (): void => {
    if (title !== undefined && title.trim() !== "" && title !== group.title) {
      editor.run(changeGroup(editor.getState().draft, group.id, { title: title.trim() }));
    }
    setTitle(undefined);
  };
  return (
    <div className={cx("group", group.collapsed && "group-folded", selected && "group-selected")}>
      <div className="group-head">
        <GroupIcon size={14} aria-hidden="true" />
        {title === undefined ? (
          <button
            type="button"
            className="group-title foreign"
            tabIndex={-1}
            onDoubleClick={() => setTitle(group.title)}
          >
            {group.title}
          </button>
        ) : (
          <input
            className="group-field nodrag"
            aria-label={t("canvas.groupName")}
            // biome-ignore lint/a11y/noAutofocus: it was asked for by a double click on its name
            autoFocus
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            onBlur={rename}
            onKeyDown={(event) => {
              event.stopPropagation();
              if (event.key === "Enter" || event.key === "Escape") {
                event.currentTarget.blur();
              }
            }}
          />
        )}
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
