/* A field of Lua as it is read: its text, in the editor's colours. To make an editor takes longer than
 * to make all else of a panel, and few of its fields are edited: the editor takes this one's place when
 * a pointer or the focus comes to it. Until its program is loaded this one is written in itself. */
import { type FormEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { later } from "../canvas/later.ts";
import type { Place } from "./sample.ts";

/** Of the text: from a character up to before another. */
export interface Spot {
  readonly from: number;
  readonly to: number;
}

export interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onLeave?: () => void;
  readonly places: readonly Place[];
  readonly lines?: boolean;
  readonly readOnly?: boolean;
  readonly focused?: boolean /* from its beginning, with the cursor at the end */;
  readonly spot?: Spot | undefined /* what is wrong in it */;
}

const useEditorParts = later(() => import("./CodeEditor.tsx"));

/** How many characters stand before the cursor. */
function caretIn(box: HTMLElement): number {
  const selection = getSelection();
  if (selection?.focusNode == null || !box.contains(selection.focusNode)) {
    return 0;
  }
  const before = document.createRange();
  before.setStart(box, 0);
  before.setEnd(selection.focusNode, selection.focusOffset);
  return before.toString().length;
}

function toEnd(box: HTMLElement): void {
  box.focus();
  getSelection()?.selectAllChildren(box);
  getSelection()?.collapseToEnd();
}

type Coloured = readonly { text: string; look: string }[];

/** What is wrong is underlined as one, whatever colours it has. */
function show(box: HTMLElement, pieces: Coloured, spot: Spot | undefined): void {
  const wrong = document.createElement("span");
  wrong.className = "code-fault";
  box.replaceChildren();
  let at = 0;
  for (const { text, look } of pieces) {
    const cuts = [spot?.from ?? 0, spot?.to ?? 0].map((one) =>
      Math.min(Math.max(one - at, 0), text.length),
    );
    const [from = 0, to = 0] = cuts;
    for (const [holder, part] of [
      [box, text.slice(0, from)],
      [wrong, text.slice(from, to)],
      [box, text.slice(to)],
    ] as const) {
      if (part !== "") {
        holder.append(inLook(part, look));
        if (holder === wrong && wrong.parentNode === null) {
          box.append(wrong);
        }
      }
    }
    at += text.length;
  }
}

function inLook(text: string, look: string): Node {
  if (look === "") {
    return document.createTextNode(text);
  }
  const piece = document.createElement("span");
  piece.className = look;
  piece.textContent = text;
  return piece;
}

export function CodeField(props: CodeFieldProps) {
  const { label, value, lines = false, readOnly = false, focused = false, spot } = props;
  const parts = useEditorParts();
  const [called, setCalled] = useState(focused);
  const box = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const still = box.current;
    if (still !== null && (parts !== undefined || still.textContent !== value)) {
      show(still, parts?.coloured(value) ?? [{ text: value, look: "" }], spot);
    }
  }, [parts, value, spot]);

  useLayoutEffect(() => {
    if (focused && box.current !== null) {
      toEnd(box.current);
    }
  }, [focused]);

  if (called && parts !== undefined) {
    const still = box.current;
    const held = still !== null && still === document.activeElement;
    const caret = held ? caretIn(still) : focused ? value.length : undefined;
    return <parts.CodeEditor {...props} caret={caret} />;
  }
  const come = (): void => {
    flushSync(() => setCalled(true));
  };
  return (
    <div className={lines ? "code-field code-lines foreign" : "code-field foreign"}>
      {lines && <LineNumbers text={value} />}
      {/* biome-ignore lint/a11y/useSemanticElements: a field of the system has one colour */}
      <div
        ref={box}
        className="code-text code-still"
        role="textbox"
        tabIndex={0}
        contentEditable={readOnly ? undefined : "plaintext-only"}
        suppressContentEditableWarning
        spellCheck={false}
        aria-label={label}
        aria-multiline={lines}
        aria-readonly={readOnly}
        aria-invalid={spot !== undefined}
        onPointerEnter={come}
        onDragEnter={come}
        onFocus={() => setCalled(true)}
        onBlur={props.onLeave}
        onInput={(event: FormEvent<HTMLElement>) =>
          props.onChange(event.currentTarget.textContent ?? "")
        }
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === "Enter" && !lines) {
            event.preventDefault();
          }
        }}
      />
    </div>
  );
}

function LineNumbers({ text }: { text: string }) {
  const count = text.split("\n").length;
  return (
    <div className="code-numbers" aria-hidden="true">
      {Array.from({ length: count }, (_, at) => at + 1).join("\n")}
    </div>
  );
}
