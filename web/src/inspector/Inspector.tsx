/* The panel beside the board: the chosen step, or the flow. Never modal: the board stays in use. */
import { Columns3, EyeOff, FlaskConical, PanelRight, Replace, Trash2, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { disable, remove } from "../canvas/actions.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { TypeIcon } from "../canvas/icons.tsx";
import { later } from "../canvas/later.ts";
import { test } from "../canvas/testing.ts";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { kindOf } from "../model/catalog.ts";
import { setTitle } from "../model/commands/edit.ts";
import { type Step, stepOf } from "../model/flow.ts";
import { Button } from "../ui/Button.tsx";
import { Menu } from "../ui/Menu.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { useArrival, useSecondClick } from "./arrival.ts";
import { Settings } from "./Settings.tsx";

const useBesides = later(() => import("./besides.ts"));

const TABS = ["settings", "failing", "links", "about", "code"] as const;
type TabId = (typeof TABS)[number];

/** Which tab shows the member that a problem or a hit is about. */
function tabFor(path: readonly (string | number)[]): TabId | undefined {
  const [first] = path;
  if (first === "config" || first === "connection") {
    return "settings";
  }
  if (["retry", "timeout", "on_error", "join"].includes(String(first))) {
    return "failing";
  }
  return first === "port" ? "links" : undefined;
}

function Title({ step }: { step: Step }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const [typed, setTyped] = useState<string>();
  return (
    <input
      className="inspector-title foreign"
      aria-label={t("canvas.rename.title")}
      readOnly={readOnly}
      maxLength={200}
      value={typed ?? step.title}
      onChange={(event) => {
        setTyped(event.target.value);
        editor.run(setTitle(editor.getState().draft, step.id, event.target.value));
      }}
      onBlur={() => {
        setTyped(undefined);
        editor.settle();
      }}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function Head({ step }: { step: Step }) {
  const editor = useEditor();
  const t = useText();
  const wide = useEdited((state) => state.wide);
  const readOnly = useEdited((state) => state.readOnly);
  const type = useEdited((state) => state.catalog.byName.get(step.type));
  const acts = [
    {
      id: "only",
      label: t("canvas.test.only"),
      icon: <FlaskConical size={15} />,
      onAct: () => void test(editor, { only: step.id }),
    },
    {
      id: "until",
      label: t("canvas.test.upTo"),
      onAct: () => void test(editor, { until: step.id }),
    },
    {
      id: "replace",
      label: t("inspector.replace"),
      icon: <Replace size={15} />,
      onAct: () => editor.setState({ picker: { replace: step.id, level: step.level } }),
    },
    {
      id: "disable",
      label: t("canvas.key.disable"),
      icon: <EyeOff size={15} />,
      keys: "D",
      onAct: () => disable(editor),
    },
    {
      id: "remove",
      label: t("canvas.key.remove"),
      icon: <Trash2 size={15} />,
      keys: "Del",
      danger: true,
      onAct: () => {
        editor.select([step.id]);
        remove(editor);
      },
    },
  ];
  return (
    <header className="inspector-head">
      <span className={`card-icon kind-${kindOf(step.type)}`}>
        <TypeIcon type={step.type} />
      </span>
      <div className="inspector-names">
        <Title key={step.id} step={step} />
        <span className="inspector-type truncate foreign">{type?.title ?? step.type}</span>
      </div>
      {!readOnly && (
        <Menu label={t("inspector.acts")} acts={acts}>
          <Button size="s" look="quiet">
            ⋯<span className="visually-hidden">{t("inspector.acts")}</span>
          </Button>
        </Menu>
      )}
      <Button
        size="s"
        look="quiet"
        icon={wide ? <PanelRight size={15} /> : <Columns3 size={15} />}
        label={t(wide ? "inspector.narrow" : "inspector.wide")}
        onPress={() => editor.setState({ wide: !wide })}
      />
      <Button
        size="s"
        look="quiet"
        icon={<X size={15} />}
        label={t("act.close")}
        onPress={() => editor.inspect(undefined)}
      />
    </header>
  );
}

function StepPanel({ step }: { step: Step }) {
  const t = useText();
  const besides = useBesides();
  const [tab, setTab] = useState<TabId>("settings");
  const type = useEdited((state) => state.catalog.byName.get(step.type));
  const goto = useEdited((state) => state.goto);
  useCommands(
    useMemo(
      () =>
        TABS.map((id, at) => ({
          id: `inspector.tab.${id}`,
          title: t(`inspector.tab.${id}`),
          group: t("inspector.tabs"),
          keys: [`alt+${at + 1}`],
          run: () => setTab(id),
        })),
      [t],
    ),
  );
  useEffect(() => {
    const wanted = goto?.id === step.id && goto.path !== undefined ? tabFor(goto.path) : undefined;
    if (wanted !== undefined) {
      setTab(wanted);
    }
  }, [goto, step.id]);
  const contents = {
    settings:
      type === undefined ? (
        <p className="field-help">{t("canvas.problem.unknownType", { type: step.type })}</p>
      ) : (
        <Settings key={step.id} step={step} type={type} />
      ),
    failing: besides && <besides.Failing key={step.id} step={step} type={type} />,
    links: besides && <besides.Links step={step} />,
    about: besides && <besides.About step={step} type={type} />,
    code: besides && <besides.Code key={step.id} step={step} />,
  };
  return (
    <>
      <Head step={step} />
      <Tabs
        label={t("inspector.tabs")}
        chosen={tab}
        onChoose={(id) => setTab(id as TabId)}
        tabs={TABS.map((id) => ({ id, label: t(`inspector.tab.${id}`), content: contents[id] }))}
      />
    </>
  );
}

export function Inspector() {
  const editor = useEditor();
  const t = useText();
  const box = useRef<HTMLElement>(null);
  const id = useEdited((state) => state.inspected);
  const wide = useEdited((state) => state.wide);
  const step = useEdited((state) => stepOf(state.draft, state.inspected));
  const type = useEdited((state) =>
    step === undefined ? undefined : state.catalog.byName.get(step.type),
  );
  const besides = useBesides();
  useArrival(box);
  const onMouseDownCapture = useSecondClick();
  if (id === undefined) {
    return null;
  }
  return (
    <aside
      ref={box}
      className={wide && step !== undefined ? "inspector inspector-wide" : "inspector"}
      aria-label={
        step === undefined ? t("canvas.flowSettings") : t("inspector.of", { name: step.title })
      }
      data-region="inspector"
      tabIndex={-1}
      onMouseDownCapture={onMouseDownCapture}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.defaultPrevented) {
          event.stopPropagation();
          editor.setState(wide ? { wide: false } : { inspected: undefined });
          editor.focusView();
        }
      }}
    >
      {wide && step !== undefined && besides && <besides.Input key={step.id} step={step} />}
      <div className="inspector-main">
        {step === undefined ? (
          <>
            <header className="inspector-head">
              <h2>{t("canvas.flowSettings")}</h2>
              <span className="spacer" />
              <Button
                size="s"
                look="quiet"
                icon={<X size={15} />}
                label={t("act.close")}
                onPress={() => editor.inspect(undefined)}
              />
            </header>
            <div className="inspector-body">{besides && <besides.FlowSettings />}</div>
          </>
        ) : (
          <StepPanel key={step.id} step={step} />
        )}
      </div>
      {wide && step !== undefined && besides && <besides.Output step={step} type={type} />}
    </aside>
  );
}
