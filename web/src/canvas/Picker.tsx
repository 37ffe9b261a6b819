/* Choosing what comes next: type to search, arrows, Enter. Opens where it was asked for. */
import { Search } from "lucide-react";
import {
  type KeyboardEvent,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useText } from "../i18n/text.tsx";
import { type NodeType, searchTypes } from "../model/catalog.ts";
import { addStep, replaceStep } from "../model/commands/steps.ts";
import { indexOf, stepOf } from "../model/flow.ts";
import { cx } from "../ui/cx.ts";
import { useEdited, useEditor } from "./context.tsx";
import { TypeIcon } from "./icons.tsx";
import type { Editor, PickerFor } from "./store.ts";
import { fits } from "./types.ts";

const SHOWN = 60;
const SIZE = { w: 340, h: 400 };

function choose(editor: Editor, where: PickerFor, type: NodeType): void {
  const { draft, catalog } = editor.getState();
  editor.setState({ picker: undefined });
  if (where.replace !== undefined) {
    editor.run(replaceStep(draft, catalog, where.replace, type));
  } else {
    const { level, at, after, before, onEdge } = where;
    const options = {
      ...(level === undefined ? {} : { level }),
      ...(at === undefined ? {} : { at }),
      ...(after === undefined ? {} : { after }),
      ...(before === undefined ? {} : { before }),
      ...(onEdge === undefined ? {} : { onEdge }),
    };
    editor.run(addStep(draft, catalog, type, options));
  }
  const added = editor.getState().focus;
  requestAnimationFrame(() => {
    editor.focusView();
    if (added !== undefined) {
      editor.board?.reveal(added);
    }
  });
}

const ORDER = ["trigger", "transform", "branch", "connector"];

/** What has no system first, by kind; then the systems, those that the flow uses before others. */
function usedFirst(editor: Editor, types: readonly NodeType[]): NodeType[] {
  const used = new Set(
    [...indexOf(editor.getState().draft).steps.values()].map((step) =>
      step.type.split(".").slice(0, -1).join("."),
    ),
  );
  const isUsed = (type: NodeType): boolean =>
    type.connector !== undefined && used.has(type.name.split(".").slice(0, -1).join("."));
  const place = (type: NodeType): number =>
    (type.connector === undefined ? 0 : isUsed(type) ? 10 : 20) + ORDER.indexOf(type.kind);
  return [...types].sort((a, b) => place(a) - place(b));
}

export function Picker() {
  const where = useEdited((state) => state.picker);
  return where === undefined ? null : (
    <Open key={JSON.stringify(where.screen ?? null)} where={where} />
  );
}

function Open({ where }: { where: PickerFor }) {
  const editor = useEditor();
  const t = useText();
  const id = useId();
  const catalog = useEdited((state) => state.catalog);
  const draft = useEdited((state) => state.draft);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const types = useMemo(() => {
    const fitting = catalog.types.filter((type) => fits(type, where));
    return query.trim() === "" ? usedFirst(editor, fitting) : searchTypes(fitting, query);
  }, [catalog, where, query, editor]);
  const shown = types.slice(0, SHOWN);
  const now = Math.min(at, shown.length - 1);

  useEffect(() => input.current?.focus(), []);
  useLayoutEffect(() => place(box.current, where), [where]);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${now}"]`)?.scrollIntoView({ block: "nearest" });
  }, [now]);

  const close = (): void => {
    editor.setState({ picker: undefined });
    editor.focusView();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = steps[event.key];
    const type = shown[now];
    if (by !== undefined) {
      setAt(Math.max(0, Math.min(shown.length - 1, now + by)));
    } else if (event.key === "Enter" && type !== undefined) {
      choose(editor, where, type);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const after = stepOf(draft, where.after?.id)?.title;
  const title =
    where.replace !== undefined
      ? t("canvas.picker.replace", { name: stepOf(draft, where.replace)?.title ?? "" })
      : after !== undefined
        ? t("canvas.picker.after", { name: after })
        : t("canvas.picker.add");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: leaving it closes it
    <div
      ref={box}
      className="picker"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          editor.setState({ picker: undefined });
        }
      }}
    >
      <div className="picker-head">
        <Search size={15} aria-hidden="true" />
        <input
          ref={input}
          className="picker-input"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={shown.length > 0 ? `${id}-${now}` : undefined}
          aria-label={title}
          placeholder={title}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        className="picker-list"
        id={`${id}-list`}
        role="listbox"
        aria-label={title}
        ref={list}
        tabIndex={-1}
      >
        {shown.map((type, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the input's
          <div
            key={type.name}
            id={`${id}-${i}`}
            data-at={i}
            role="option"
            tabIndex={-1}
            aria-selected={i === now}
            className={cx("picker-item", i === now && "picker-item-at")}
            onPointerMove={() => setAt(i)}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(editor, where, type)}
          >
            <span className={cx("card-icon", "card-icon-s", `kind-${type.kind}`)}>
              <TypeIcon type={type.name} size={15} />
            </span>
            <span className="picker-text">
              <span className="picker-title foreign">{type.title}</span>
              <span className="picker-help foreign">{type.help}</span>
            </span>
          </div>
        ))}
        {shown.length === 0 && <p className="picker-none">{t("canvas.picker.none", { query })}</p>}
      </div>
      <p className="picker-foot" role="status">
        {types.length > SHOWN
          ? t("canvas.picker.more", { shown: SHOWN, of: types.length })
          : t("canvas.picker.count", { count: types.length })}
      </p>
    </div>
  );
}

function place(element: HTMLDivElement | null, where: PickerFor): void {
  if (element === null) {
    return;
  }
  const [width, height] = [window.innerWidth, window.innerHeight];
  const point = where.screen ?? { x: (width - SIZE.w) / 2, y: height / 5 };
  element.style.left = `${Math.max(8, Math.min(point.x + 8, width - SIZE.w - 8))}px`;
  element.style.top = `${Math.max(8, Math.min(point.y - 20, height - SIZE.h - 8))}px`;
}
