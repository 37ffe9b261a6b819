/* All kinds of steps, to drag onto the board or, with Enter, to put behind the chosen step. */
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { isTrigger, type NodeType, searchTypes, shortTitle } from "../model/catalog.ts";
import { addStep } from "../model/commands/steps.ts";
import { stepOf } from "../model/flow.ts";
import { cx } from "../ui/cx.ts";
import { SearchField } from "../ui/Field.tsx";
import { useEdited, useEditor } from "./context.tsx";
import { TypeIcon } from "./icons.tsx";
import type { Editor } from "./store.ts";
import { groupTypes, type TypeGroup } from "./types.ts";
import { TYPE_MIME } from "./useBoardDrop.ts";

function add(editor: Editor, type: NodeType): void {
  const { draft, catalog, focus } = editor.getState();
  const after = stepOf(draft, focus);
  const level = after?.level ?? null;
  const options =
    after === undefined || isTrigger(type.name)
      ? { level: null }
      : { after: { id: after.id }, level };
  if (editor.run(addStep(draft, catalog, type, options))) {
    const id = editor.getState().focus;
    requestAnimationFrame(() => id !== undefined && editor.board?.reveal(id));
  }
}

/** One Tab stop for the whole list: arrows go from row to row. */
function onArrow(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") {
    return;
  }
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button")];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (next !== undefined) {
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

function Row({ type, first }: { type: NodeType; first: boolean }) {
  const editor = useEditor();
  return (
    <button
      type="button"
      className="shelf-item"
      tabIndex={first ? 0 : -1}
      draggable
      title={type.help}
      onDragStart={(event) => {
        event.dataTransfer.setData(TYPE_MIME, type.name);
        event.dataTransfer.setData("text/plain", type.title);
        event.dataTransfer.effectAllowed = "copy";
      }}
      onClick={() => add(editor, type)}
    >
      <span className={cx("card-icon", "card-icon-s", `kind-${type.kind}`)}>
        <TypeIcon type={type.name} size={15} />
      </span>
      <span className="truncate foreign">{shortTitle(type)}</span>
    </button>
  );
}

function Group({
  group,
  open,
  first,
  onToggle,
}: {
  group: TypeGroup;
  open: boolean;
  first: boolean;
  onToggle: () => void;
}) {
  const t = useText();
  const title = group.title ?? t(`canvas.kind.${group.id as NodeType["kind"]}`);
  return (
    <div className="shelf-group">
      <button
        type="button"
        className="shelf-head"
        tabIndex={first ? 0 : -1}
        aria-expanded={open}
        onClick={onToggle}
      >
        <ChevronRight size={13} aria-hidden="true" className={open ? "turned" : undefined} />
        <span className="truncate foreign">{title}</span>
        <span className="count">{group.types.length}</span>
      </button>
      {open && group.types.map((type) => <Row key={type.name} type={type} first={false} />)}
    </div>
  );
}

export function Palette() {
  const t = useText();
  const catalog = useEdited((state) => state.catalog);
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<ReadonlySet<string>>(
    new Set(["trigger", "transform", "branch", "connector"]),
  );
  const groups = useMemo(() => groupTypes(catalog.types), [catalog]);
  const hits = useMemo(
    () => (query.trim() === "" ? undefined : searchTypes(catalog.types, query).slice(0, 80)),
    [catalog, query],
  );
  return (
    <aside className="shelf" aria-label={t("canvas.palette")} data-region="shelf">
      <div className="shelf-search">
        <SearchField label={t("canvas.findStep")} value={query} onChange={setQuery} />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows within the list */}
      <div className="shelf-list" onKeyDown={onArrow}>
        {hits?.map((type, i) => (
          <Row key={type.name} type={type} first={i === 0} />
        ))}
        {hits?.length === 0 && <p className="picker-none">{t("canvas.picker.none", { query })}</p>}
        {hits === undefined &&
          groups.map((group, i) => (
            <Group
              key={group.id}
              group={group}
              first={i === 0}
              open={open.has(group.id)}
              onToggle={() => {
                const next = new Set(open);
                if (!next.delete(group.id)) {
                  next.add(group.id);
                }
                setOpen(next);
              }}
            />
          ))}
      </div>
    </aside>
  );
}
