/* A note on the board: what is written there, its colour and its size. */
import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { useText } from "../i18n/text.tsx";
import { changeNote } from "../model/commands/arrange.ts";
import { NOTE_COLOURS, type Note, noteKey } from "../model/layout.ts";
import { cx } from "../ui/cx.ts";
import { useEdited, useEditor } from "./context.tsx";
import { elementId, type NoteNode } from "./view.ts";

/** **Bold** and `code`, as people write them anywhere. */
function inline(text: string): ReactNode[] {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part, i) => {
    const key = `${i}`;
    if (part.startsWith("**") && part.length > 4) {
      return <strong key={key}>{part.slice(2, -2)}</strong>;
    }
    return part.startsWith("`") && part.length > 2 ? (
      <code key={key}>{part.slice(1, -1)}</code>
    ) : (
      part
    );
  });
}

/** Line by line: a heading after #, a point of a list after -. */
function Written({ text }: { text: string }) {
  return text.split("\n").map((line, i) => {
    const [, mark = "", rest = line] = /^(#{1,3}|[-*]) (.*)$/.exec(line) ?? [];
    const look = mark === "" ? undefined : mark.startsWith("#") ? "note-head" : "note-point";
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
      <span key={i} className={cx("note-line", look)}>
        {rest === "" ? "\u200b" : inline(rest)}
      </span>
    );
  });
}

function useNote(note: Note) {
  const editor = useEditor();
  return (what: Parameters<typeof changeNote>[2]): void => {
    editor.run(changeNote(editor.getState().draft, noteKey(note.id), what));
  };
}

/** The text under the hand; Escape and Ctrl+Enter give the keys back to the board. */
function Field({ note }: { note: Note }) {
  const editor = useEditor();
  const t = useText();
  const change = useNote(note);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <textarea
      ref={field}
      className="note-field nodrag nowheel"
      aria-label={t("canvas.note")}
      value={note.text}
      onChange={(event) => change({ text: event.target.value })}
      onBlur={() => {
        editor.settle();
        editor.setState({ renaming: undefined });
      }}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) {
          editor.focusView();
        }
      }}
    />
  );
}

function Colours({ note }: { note: Note }) {
  const editor = useEditor();
  const t = useText();
  const change = useNote(note);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a bar of one choice, no fields
    <div className="note-colours nodrag" role="group" aria-label={t("canvas.key.noteColour")}>
      {NOTE_COLOURS.map((colour) => {
        const name = t("canvas.note.colour", { colour });
        return (
          <button
            key={colour}
            type="button"
            className={cx("note-colour", `note-${colour}`)}
            tabIndex={-1}
            title={name}
            aria-label={name}
            aria-pressed={note.colour === colour}
            onClick={() => {
              change({ colour });
              editor.settle();
              editor.focusView();
            }}
          />
        );
      })}
    </div>
  );
}

export const NoteCard = memo(function NoteCard({ id, data, selected }: NodeProps<NoteNode>) {
  const editor = useEditor();
  const t = useText();
  const { note } = data;
  const change = useNote(note);
  const writing = useEdited((state) => state.renaming === id);
  const focused = useEdited((state) => state.focus === id);
  const readOnly = useEdited((state) => state.readOnly);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a note of the board, not a set of fields
    <div
      id={elementId(id)}
      className={cx(
        "note",
        `note-${note.colour}`,
        selected && "note-selected",
        focused && "card-focused",
      )}
      role="group"
      aria-label={`${t("canvas.note")}, ${note.text === "" ? t("canvas.noteEmpty") : note.text}`}
    >
      <NodeResizer
        isVisible={selected && !readOnly}
        minWidth={120}
        minHeight={50}
        onResizeEnd={(_, size) => {
          change({
            x: Math.round(size.x),
            y: Math.round(size.y),
            w: Math.round(size.width),
            h: Math.round(size.height),
          });
          editor.settle();
        }}
      />
      {selected && !readOnly && <Colours note={note} />}
      {writing ? (
        <Field note={note} />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: the board has the keys: Enter does it, too
        <div
          className="note-text foreign"
          onDoubleClick={() => !readOnly && editor.setState({ renaming: id })}
        >
          {note.text === "" ? t("canvas.noteEmpty") : <Written text={note.text} />}
        </div>
      )}
    </div>
  );
});
