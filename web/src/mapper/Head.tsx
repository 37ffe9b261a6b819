/* Above the mapper: where one is, the sample, what is wrong, and what can be done with the whole. */
import { BookMarked, Braces, FlaskConical, List, Redo2, Spline, Undo2, X } from "lucide-react";
import { useEdited, useEditor, useSay } from "../canvas/context.tsx";
import { SaveMark } from "../canvas/SaveMark.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Select } from "../ui/Field.tsx";
import { useMapper, useMapping } from "./mapping.tsx";

export type Opened = "samples" | "templates" | "schema" | undefined;

function UndoRedo() {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const history = useEdited((state) => state.history);
  const last = history.past.at(-1);
  const [next] = history.future;
  const undo =
    last === undefined ? t("canvas.undoneNone") : t("canvas.undo", { what: say(last.label) });
  const redo =
    next === undefined ? t("canvas.redoneNone") : t("canvas.redo", { what: say(next.label) });
  return (
    <>
      <Button
        look="quiet"
        icon={<Undo2 size={16} />}
        label={undo}
        disabled={last === undefined}
        onPress={editor.undo}
      />
      <Button
        look="quiet"
        icon={<Redo2 size={16} />}
        label={redo}
        disabled={next === undefined}
        onPress={editor.redo}
      />
    </>
  );
}

function Views() {
  const t = useText();
  const { store } = useMapping();
  const list = useMapper((state) => state.list);
  return (
    // biome-ignore lint/a11y/useSemanticElements: two buttons, not a form
    <div className="views" role="group" aria-label={t("mapper.views")}>
      {([false, true] as const).map((one) => (
        <button
          key={String(one)}
          type="button"
          className="view"
          aria-pressed={list === one}
          onClick={() => store.setState({ list: one })}
        >
          {one ? <List size={14} aria-hidden="true" /> : <Spline size={14} aria-hidden="true" />}
          {t(one ? "mapper.view.list" : "mapper.view.lines")}
        </button>
      ))}
    </div>
  );
}

function Samples({ onOpen }: { onOpen: () => void }) {
  const t = useText();
  const { samples, at, store } = useMapping();
  return (
    <>
      <Select
        inline
        label={t("mapper.sample")}
        value={samples[at]?.id ?? ""}
        choices={samples.map(({ id, label }) => ({ value: id, label }))}
        onChange={(id) => store.setState({ at: samples.findIndex((sample) => sample.id === id) })}
      />
      <Button look="quiet" icon={<FlaskConical size={15} />} onPress={onOpen}>
        {t("mapper.samples")}
      </Button>
    </>
  );
}

export function Head({ onOpen, onClose }: { onOpen: (what: Opened) => void; onClose: () => void }) {
  const t = useText();
  const { step, aim, readOnly } = useMapping();
  const name = useEdited((state) => String(state.draft.flow.name ?? state.flow));
  const from = t(`mapper.aim.${aim.from}`, { name: aim.name });
  return (
    <header className="editor-head map-head">
      <div className="editor-title">
        <button type="button" className="editor-crumb map-crumb truncate foreign" onClick={onClose}>
          {name}
        </button>
        <span aria-hidden="true">/</span>
        <h1 className="truncate foreign">{step.title}</h1>
        <SaveMark />
      </div>
      <Views />
      <div className="editor-tools" role="toolbar" aria-label={t("mapper.tools")}>
        <Samples onOpen={() => onOpen("samples")} />
        <Button look="quiet" icon={<Braces size={15} />} onPress={() => onOpen("schema")}>
          {from}
        </Button>
        <Button look="quiet" icon={<BookMarked size={15} />} onPress={() => onOpen("templates")}>
          {t("mapper.templates")}
        </Button>
        {readOnly ? <span className="chip">{t("mapper.readOnly")}</span> : <UndoRedo />}
        <Button look="plain" icon={<X size={15} />} onPress={onClose}>
          {t("act.close")}
        </Button>
      </div>
    </header>
  );
}
