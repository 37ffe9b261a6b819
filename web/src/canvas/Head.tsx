/* Above the board: which flow, which view, what can be done, whether everything is saved. */
import {
  Cable,
  ChevronDown,
  Code2,
  History,
  LayoutDashboard,
  ListTree,
  Plus,
  Scale,
  Search,
  Sparkles,
  StickyNote,
  type Workflow,
} from "lucide-react";
import type { ReactNode } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { useText } from "../i18n/text.tsx";
import { keysText } from "../keys/chord.ts";
import { useRulePlace } from "../rules/shown.ts";
import { Button } from "../ui/Button.tsx";
import { Menu } from "../ui/Menu.tsx";
import * as act from "./actions.ts";
import { beginConnecting } from "./connecting.ts";
import { useEdited, useEditor } from "./context.tsx";
import { ProblemMark } from "./ProblemMark.tsx";
import { SaveMark } from "./SaveMark.tsx";
import type { View } from "./store.ts";
import { UndoRedo } from "./UndoRedo.tsx";
import { define, extract } from "./useBoardCommands.ts";

const VIEWS: [View, typeof Workflow][] = [
  ["canvas", LayoutDashboard],
  ["outline", ListTree],
  ["source", Code2],
];

function Views() {
  const editor = useEditor();
  const t = useText();
  const view = useEdited((state) => state.view);
  const flow = useEdited((state) => state.flow);
  const [, go] = useLocation();
  const rules = useRulePlace().shown;
  const home = `/flows/${encodeURIComponent(flow)}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: three buttons of one choice, no fields
    <div className="views" role="group" aria-label={t("canvas.views")}>
      {VIEWS.map(([one, Icon]) => (
        <button
          key={one}
          type="button"
          className="view"
          aria-pressed={!rules && one === view}
          onClick={() => {
            editor.setState({ view: one });
            if (rules) {
              go(home);
            }
          }}
        >
          <Icon size={14} aria-hidden="true" />
          <span>{t(`canvas.view.${one}`)}</span>
        </button>
      ))}
      <button
        type="button"
        className="view"
        aria-pressed={rules}
        onClick={() => go(`${home}/rules`)}
      >
        <Scale size={14} aria-hidden="true" />
        <span>{t("rules.view")}</span>
      </button>
    </div>
  );
}

function More() {
  const editor = useEditor();
  const t = useText();
  const [, go] = useLocation();
  const chosen = useEdited((state) => state.selected.size);
  const none = chosen === 0 ? t("canvas.not.chosen") : undefined;
  const few = chosen < 2 ? t("canvas.not.few") : undefined;
  return (
    <Menu
      label={t("canvas.more")}
      acts={[
        {
          id: "connect",
          label: t("canvas.key.connect"),
          icon: <Cable size={15} />,
          keys: keysText("c"),
          reason: none,
          onAct: () => beginConnecting(editor),
        },
        {
          id: "group",
          label: t("canvas.key.group"),
          keys: keysText("mod+g"),
          reason: none,
          onAct: () => act.groupChosen(editor, t("canvas.groupNew")),
        },
        {
          id: "nameGroup",
          label: t("canvas.key.nameGroup"),
          keys: keysText("shift+f2"),
          reason: none,
          onAct: () => act.nameGroup(editor),
        },
        {
          id: "ungroup",
          label: t("canvas.key.ungroup"),
          keys: keysText("mod+shift+g"),
          reason: none,
          onAct: () => act.ungroupChosen(editor),
        },
        {
          id: "extract",
          label: t("canvas.key.extract"),
          keys: keysText("alt+x"),
          reason: none,
          onAct: () => void extract(editor, t),
        },
        {
          id: "define",
          label: t("canvas.key.define"),
          keys: keysText("alt+enter"),
          reason: none,
          onAct: () => void define(editor, go),
        },
        {
          id: "series",
          label: t("canvas.key.series"),
          keys: keysText("shift+c"),
          reason: few,
          onAct: () => act.series(editor),
        },
        {
          id: "top",
          label: t("canvas.key.alignTop"),
          reason: few,
          onAct: () => act.aligned(editor, "top"),
        },
        {
          id: "left",
          label: t("canvas.key.alignLeft"),
          reason: few,
          onAct: () => act.aligned(editor, "left"),
        },
        {
          id: "across",
          label: t("canvas.key.across"),
          reason: few,
          onAct: () => act.aligned(editor, "across"),
        },
        {
          id: "down",
          label: t("canvas.key.down"),
          reason: few,
          onAct: () => act.aligned(editor, "down"),
        },
        {
          id: "note",
          label: t("canvas.key.note"),
          icon: <StickyNote size={15} />,
          keys: keysText("shift+s"),
          onAct: () => act.note(editor),
        },
        { id: "flow", label: t("canvas.flowSettings"), onAct: () => editor.inspect("") },
        {
          id: "versions",
          label: t("version.versions"),
          onAct: () => go(`/flows/${editor.getState().flow}/versions`),
        },
        {
          id: "setup",
          label: t("setup.setup"),
          onAct: () => go(`/flows/${editor.getState().flow}/setup`),
        },
      ]}
    >
      <AriaButton className="button button-quiet">
        {t("canvas.more")}
        <ChevronDown size={14} aria-hidden="true" />
      </AriaButton>
    </Menu>
  );
}

export function Head({ tools }: { tools?: ReactNode }) {
  const editor = useEditor();
  const t = useText();
  const name = useEdited((state) => String(state.draft.flow.name ?? state.flow));
  const readOnly = useEdited((state) => state.readOnly);
  const rulesReadOnly = useEdited((state) => state.rulesReadOnly);
  const rules = useRulePlace().shown;
  return (
    <header className="editor-head">
      <div className="editor-title">
        <Link href="/flows" className="editor-crumb">
          {t("canvas.flows")}
        </Link>
        <span aria-hidden="true">/</span>
        <h1 className="truncate foreign">{name}</h1>
        <SaveMark />
      </div>
      <Views />
      <div className="editor-tools" role="toolbar" aria-label={t("canvas.tools")}>
        {rules && !rulesReadOnly && <UndoRedo />}
        {!readOnly && !rules && (
          <>
            <Button look="quiet" icon={<Plus size={16} />} onPress={() => act.openPicker(editor)}>
              {t("canvas.key.add")}
            </Button>
            <UndoRedo />
            <Button
              look="quiet"
              icon={<Sparkles size={16} />}
              label={t("canvas.key.tidy")}
              onPress={() => void act.tidy(editor)}
            />
          </>
        )}
        {!rules && (
          <>
            <Button
              look="quiet"
              icon={<Search size={16} />}
              label={t("canvas.key.find")}
              onPress={() => editor.setState({ panel: "search" })}
            />
            <Button
              look="quiet"
              icon={<History size={16} />}
              label={t("canvas.panel.history")}
              onPress={() => editor.setState({ panel: "history" })}
            />
            <ProblemMark />
          </>
        )}
        {!readOnly && !rules && <More />}
        {tools}
      </div>
    </header>
  );
}
