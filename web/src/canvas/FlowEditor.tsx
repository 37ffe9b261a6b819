/* The editor of one flow: head, palette, one of three views, inspector, and what is said to readers. */
import { ReactFlowProvider } from "@xyflow/react";
import { FlaskConical } from "lucide-react";
import {
  type ClipboardEvent,
  lazy,
  type RefObject,
  Suspense,
  useCallback,
  useEffect,
  useRef,
} from "react";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { isNewer } from "../model/flow.ts";
import { useRulePlace } from "../rules/shown.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { chosenNotes, chosenSteps, copied, pasted, remove } from "./actions.ts";
import { Board } from "./Board.tsx";
import { EditorProvider, useEdited, useEditor, useSay } from "./context.tsx";
import { Head } from "./Head.tsx";
import { useAround } from "./later.ts";
import { Newer } from "./Newer.tsx";
import { Palette } from "./Palette.tsx";
import { Publish } from "./Publish.tsx";
import { early, patient } from "./patient.ts";
import { startTidying } from "./tidying.ts";
import { useBoardCommands } from "./useBoardCommands.ts";
import type { OpenDraft } from "./useDraft.ts";
import { usePinnedSteps } from "./usePinnedSteps.ts";
import { useSent } from "./useSent.ts";

const loadSource = () => import("./Source.tsx");
const loadInspector = () => import("../inspector/Inspector.tsx");
const loadCode = () => import("../inspector/CodeEditor.tsx");
const loadRules = () => import("../rules/Rules.tsx");
const loadMapper = () => import("../mapper/Mapper.tsx");
const loadTidy = async () => startTidying();
const Rules = lazy(() => patient(loadRules));
const Source = lazy(() => patient(loadSource));
const Mapper = lazy(async () => ({ default: (await patient(loadMapper)).Mapper }));
const Inspector = lazy(async () => ({ default: (await patient(loadInspector)).Inspector }));

function isField(target: EventTarget): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea") !== null)
  );
}

/** Copy, cut and paste by the browser's own events: no permission is asked for. */
function useClipboard() {
  const editor = useEditor();
  const out = useCallback(
    (event: ClipboardEvent, cutting: boolean) => {
      if (isField(event.target) || chosenSteps(editor).length + chosenNotes(editor).length === 0) {
        return;
      }
      const text = copied(editor);
      if (text !== undefined) {
        event.preventDefault();
        event.clipboardData.setData("text/plain", text);
        if (cutting) {
          const notes = chosenNotes(editor);
          editor.select(notes.length > 0 ? editor.getState().selected : chosenSteps(editor));
          remove(editor);
        }
      }
    },
    [editor],
  );
  const onPaste = useCallback(
    (event: ClipboardEvent) => {
      if (!isField(event.target)) {
        event.preventDefault();
        pasted(editor, event.clipboardData.getData("text/plain"));
      }
    },
    [editor],
  );
  return {
    onCopy: (event: ClipboardEvent) => out(event, false),
    onCut: (event: ClipboardEvent) => out(event, true),
    onPaste,
  };
}

/** What has just been done, for screen readers; refusals are shown to the eye, too. */
function Said() {
  const say = useSay();
  const said = useEdited((state) => state.said);
  const words = said.label.id === "" ? "" : say(said.label);
  return (
    <div
      className={said.refused && words !== "" ? "said said-refused" : "visually-hidden"}
      role="status"
      key={said.refused ? said.at : "said"}
    >
      {words}
    </div>
  );
}

function Centre({ element }: { element: RefObject<HTMLDivElement | null> }) {
  const editor = useEditor();
  const t = useText();
  const around = useAround();
  const view = useEdited((state) => state.view);
  const newer = useEdited((state) => (isNewer(state.draft) ? state.draft : undefined));
  const empty = useEdited(
    (state) =>
      state.draft.flow.nodes === undefined ||
      (Array.isArray(state.draft.flow.nodes) && state.draft.flow.nodes.length === 0),
  );
  if (view === "source") {
    return (
      <Suspense fallback={<Skeleton label={t("state.loading")} lines={12} />}>
        <Source />
      </Suspense>
    );
  }
  if (newer !== undefined) {
    return <Newer draft={newer} />;
  }
  if (view === "outline") {
    return around ? (
      <around.Outline element={element} />
    ) : (
      <Skeleton label={t("state.loading")} lines={12} />
    );
  }
  return (
    <>
      <Board element={element} />
      <p id="board-help" className="visually-hidden">
        {t("canvas.help")}
      </p>
      {empty && (
        <div className="board-empty">
          <Empty
            title={t("canvas.empty.title")}
            acts={
              <Button
                look="primary"
                onPress={() => editor.setState({ picker: { level: null, at: { x: 0, y: 0 } } })}
              >
                {t("canvas.empty.add")}
              </Button>
            }
          >
            {t("canvas.empty.text")}
          </Empty>
        </div>
      )}
    </>
  );
}

function TestButton() {
  const editor = useEditor();
  const t = useText();
  return (
    <Button
      icon={<FlaskConical size={15} />}
      onPress={() =>
        editor.setState((state) => ({ panel: state.panel === "test" ? undefined : "test" }))
      }
    >
      {t("canvas.panel.test")}
    </Button>
  );
}

function Inside({ save, resolve, revision }: Omit<OpenDraft, "editor">) {
  const t = useText();
  const element = useRef<HTMLDivElement>(null);
  const within = useCallback(() => element.current, []);
  useBoardCommands(within, save);
  const around = useAround();
  const rules = useRulePlace().shown;
  useSent();
  usePinnedSteps();
  const clipboard = useClipboard();
  useEffect(() => early([loadInspector, loadCode, loadTidy, loadSource, loadMapper]), []);
  const view = useEdited((state) => state.view);
  const readOnly = useEdited((state) => state.readOnly);
  const wide = useEdited((state) => state.wide);
  const [mapped, setMapped] = useUrlState("map");
  if (mapped !== "") {
    return (
      <>
        <Suspense fallback={<Skeleton label={t("state.loading")} lines={12} />}>
          <Mapper id={mapped} onClose={() => setMapped("")} />
        </Suspense>
        {around && <around.ConflictDialog onResolve={resolve} />}
        <Said />
      </>
    );
  }
  return (
    <div className={wide ? "editor editor-wide" : "editor"} {...clipboard}>
      <Head
        tools={
          <>
            {!rules && <TestButton />}
            <Publish revision={revision} />
          </>
        }
      />
      {rules && (
        <div className="editor-body">
          <Suspense fallback={<Skeleton label={t("state.loading")} lines={12} />}>
            <Rules />
          </Suspense>
        </div>
      )}
      {!rules && (
        <div className="editor-body">
          {view !== "source" && !readOnly && <Palette />}
          <section className="centre" aria-label={t(`canvas.view.${view}`)} data-region="canvas">
            <Centre element={element} />
            {around && <around.Bottom />}
          </section>
          <Suspense fallback={null}>
            <Inspector />
          </Suspense>
        </div>
      )}
      {around && (
        <>
          <around.Picker />
          <around.RuleCommands />
          <around.NamingDialog />
          <around.ExtractDialog />
          <around.ConflictDialog onResolve={resolve} />
        </>
      )}
      <Said />
    </div>
  );
}

export function FlowEditor({ editor, ...rest }: OpenDraft) {
  return (
    <EditorProvider value={editor}>
      <ReactFlowProvider>
        <Inside {...rest} />
      </ReactFlowProvider>
    </EditorProvider>
  );
}
