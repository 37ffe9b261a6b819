/* Below the board: what is wrong, what was found, what was done. */
import { AlertTriangle, CircleAlert, Undo2, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { moment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { findIn, type Hit } from "../model/find.ts";
import { stepOf } from "../model/flow.ts";
import { noteKey } from "../model/layout.ts";
import { type Problem, stepAt } from "../model/validate.ts";
import { pieceOfFile } from "../rules/pieces.ts";
import { useGoToRule } from "../rules/place.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { SearchField } from "../ui/Field.tsx";
import { useEdited, useEditor, useSay } from "./context.tsx";
import { problemsOf } from "./store.ts";
import { TestPanel } from "./TestPanel.tsx";

/** Shows the step, and opens the setting that is meant. */
function useGo(): (problem: Problem) => void {
  const editor = useEditor();
  const goToRule = useGoToRule();
  return (problem) => {
    const { draft } = editor.getState();
    const rule = problem.file === undefined ? undefined : pieceOfFile(draft, problem.file);
    if (rule !== undefined) {
      goToRule(rule, problem.line === undefined ? undefined : { line: problem.line });
      return;
    }
    const place = stepAt(draft, problem.pointer);
    const id = place.step ?? problem.step;
    if (id !== undefined) {
      editor.goTo(id, place.step === undefined ? [] : place.path);
    } else {
      editor.inspect("");
      editor.setState((state) => ({
        goto: { id: "", path: place.path, at: (state.goto?.at ?? 0) + 1 },
      }));
    }
  };
}

function Problems() {
  const t = useText();
  const say = useSay();
  const go = useGo();
  const state = useEdited((now) => now);
  const problems = [...problemsOf(state)].sort((a, b) => Number(a.warning) - Number(b.warning));
  if (problems.length === 0) {
    return (
      <p className="bottom-none">
        {t(state.server === undefined ? "canvas.problems.looking" : "canvas.problems.none")}
      </p>
    );
  }
  return (
    <ul className="bottom-list">
      {problems.map((problem, i) => {
        const Icon = problem.warning ? AlertTriangle : CircleAlert;
        const name = stepOf(state.draft, problem.step)?.title ?? t("canvas.theFlow");
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two faults may be alike
          <li key={`${problem.pointer} ${i}`}>
            <button type="button" className="bottom-row" onClick={() => go(problem)}>
              <Icon
                size={14}
                aria-hidden="true"
                className={problem.warning ? "tone-text-warn" : "tone-text-err"}
              />
              <span className="bottom-name foreign">{name}</span>
              <span className="bottom-text foreign">
                {problem.message ?? (problem.label === undefined ? "" : say(problem.label))}
              </span>
              <code className="bottom-place foreign">{problem.pointer}</code>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Found({ hit }: { hit: Hit }) {
  const start = Math.max(0, hit.from - 30);
  return (
    <span className="bottom-text foreign">
      {start > 0 && "…"}
      {hit.text.slice(start, hit.from)}
      <mark>{hit.text.slice(hit.from, hit.to)}</mark>
      {hit.text.slice(hit.to, hit.to + 80)}
    </span>
  );
}

function Search() {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const catalog = useEdited((state) => state.catalog);
  const [query, setQuery] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const hits = useMemo(() => findIn(draft, catalog, query), [draft, catalog, query]);
  useEffect(() => box.current?.querySelector("input")?.focus(), []);
  return (
    <div ref={box} className="bottom-search">
      <div className="bottom-field">
        <SearchField label={t("canvas.search")} value={query} onChange={setQuery} />
        <span className="muted num" role="status">
          {query.trim() !== "" && t("canvas.search.count", { count: hits.length })}
        </span>
      </div>
      <ul className="bottom-list">
        {hits.slice(0, 200).map((hit) => (
          <li key={hit.key}>
            <button
              type="button"
              className="bottom-row"
              onClick={() =>
                hit.note === undefined
                  ? editor.goTo(hit.step ?? "", hit.path)
                  : editor.goTo(noteKey(hit.note))
              }
            >
              <span className="bottom-name foreign">
                {stepOf(draft, hit.step)?.title ?? t("canvas.note")}
              </span>
              <Found hit={hit} />
              <code className="bottom-place foreign">{hit.path.join(".")}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Done() {
  const editor = useEditor();
  const t = useText();
  const say = useSay();
  const history = useEdited((state) => state.history);
  const now = new Date();
  if (history.past.length + history.future.length === 0) {
    return <p className="bottom-none">{t("canvas.history.none")}</p>;
  }
  const back = (count: number): void => {
    for (let i = 0; i < Math.abs(count); i++) {
      (count > 0 ? editor.undo : editor.redo)();
    }
  };
  return (
    <ul className="bottom-list">
      {history.future.toReversed().map((entry, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is known by its place
        <li key={`f${entry.at} ${history.future.length - i}`}>
          <button
            type="button"
            className="bottom-row bottom-undone"
            onClick={() => back(i - history.future.length)}
          >
            <span className="bottom-name num">{moment(new Date(entry.at), now)}</span>
            <span className="bottom-text foreign">{say(entry.label)}</span>
            <span className="bottom-place">{t("canvas.history.redo")}</span>
          </button>
        </li>
      ))}
      {history.past.toReversed().map((entry, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is known by its place
        <li key={`p${entry.at} ${history.past.length - i}`}>
          <button
            type="button"
            className={cx("bottom-row", i === 0 && "bottom-now")}
            onClick={() => back(i + 1)}
          >
            <span className="bottom-name num">{moment(new Date(entry.at), now)}</span>
            <span className="bottom-text foreign">{say(entry.label)}</span>
            <span className="bottom-place">
              <Undo2 size={12} aria-hidden="true" /> {t("canvas.history.undo")}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const PANELS = { problems: Problems, test: TestPanel, search: Search, history: Done };

export function Bottom() {
  const editor = useEditor();
  const t = useText();
  const panel = useEdited((state) => state.panel);
  if (panel === undefined) {
    return null;
  }
  const Content = PANELS[panel];
  return (
    <section className="bottom" aria-label={t(`canvas.panel.${panel}`)} data-region="panel">
      <header className="bottom-head">
        {(["problems", "test", "search", "history"] as const).map((one) => (
          <button
            key={one}
            type="button"
            className="bottom-tab"
            aria-pressed={one === panel}
            onClick={() => editor.setState({ panel: one })}
          >
            {t(`canvas.panel.${one}`)}
          </button>
        ))}
        <span className="spacer" />
        <Button
          size="s"
          look="quiet"
          icon={<X size={14} />}
          label={t("act.close")}
          onPress={() => editor.setState({ panel: undefined })}
        />
      </header>
      <div className="bottom-body">
        <Content />
      </div>
    </section>
  );
}
