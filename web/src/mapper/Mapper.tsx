/* The mapper of one transform.map step, over the whole editor: its draft, its history, its saving. */
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { useEdited } from "../canvas/context.tsx";
import { later } from "../canvas/later.ts";
import { useText } from "../i18n/text.tsx";
import { UnreadNote } from "../inspector/UnreadNote.tsx";
import { useContextShape, useKnown } from "../inspector/useKnown.ts";
import { type Step, stepOf } from "../model/flow.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
import { hollow, type Shape } from "../model/shape.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { useMedia } from "../ui/useMedia.ts";
import { type SampleChoice, useAsked, useSampleChoices, useSamplesOf } from "./asking.ts";
import { Board } from "./Board.tsx";
import { CheckPanel } from "./CheckPanel.tsx";
import { FieldPanel } from "./FieldPanel.tsx";
import { Head, type Opened } from "./Head.tsx";
import { ListView } from "./ListView.tsx";
import { MappingProvider, useMapping, useMappingOf } from "./mapping.tsx";
import { SamplesDialog } from "./Samples.tsx";
import { SuggestPanel } from "./SuggestPanel.tsx";
import { type Model, type Suggestion, suggest } from "./server.ts";
import { createMapper, rejection, type Tab } from "./store.ts";
import { useTargetShown } from "./TargetSide.tsx";
import { aimOf, fewer } from "./target.ts";
import { useMapperCommands } from "./useMapperCommands.ts";
import "./mapper.css";

const useDialogs = later(() => import("./dialogs.ts"));

const SUGGEST_MS = 300;
const SUGGEST_MOST = 400_000; /* characters of samples in a question */
const ROW = 26;
const ROW_TOUCH = 40;
const SHOWN = 2; /* samples that are shown without being asked for */
const NONE: readonly Suggestion[] = [];

/** What fits, for the schema and the samples as they are; what was rejected is left out. */
function useSuggestions(
  schema: JsonObject | undefined,
  contexts: readonly JsonObject[],
  rejected: ReadonlySet<string>,
  seen: Shape,
  model: boolean,
) {
  const ask = useMemo(() => {
    const real = contexts.some((context) => context.trigger !== undefined);
    const known = real ? contexts : [...contexts, objectOf(hollow(seen))]; /* names say enough */
    return schema === undefined
      ? undefined
      : { target: schema, sources: fewer(known, SUGGEST_MOST), mapped: [], model };
  }, [schema, contexts, seen, model]);
  const asked = useAsked(ask, SUGGEST_MS, suggest);
  const suggestions = useMemo(
    () => (asked.now?.items ?? NONE).filter(({ to, from }) => !rejected.has(rejection(to, from))),
    [asked.now, rejected],
  );
  return { ...asked, suggestions, model: asked.now?.model };
}

interface Inner {
  readonly step: Step;
  readonly onClose: () => void;
}

function Open({ step, onClose }: Inner) {
  const dialogs = useDialogs();
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const known = useKnown();
  const narrow = useMedia("(max-width: 767px)");
  const touch = useMedia("(pointer: coarse)");
  const store = useMemo(() => createMapper(`${flow}/${step.id}`, narrow), [flow, step.id, narrow]);
  const choices = useSampleChoices(flow);
  const [own, setMore] = useState<readonly SampleChoice[]>();
  const standard = useMemo(
    () => choices.filter(({ id }) => id.startsWith("sample ")).slice(0, SHOWN),
    [choices],
  );
  const more = own ?? standard;
  const { samples, unread } = useSamplesOf(flow, step.id, more, t("inspector.sample.examples"));
  const contexts = useMemo(() => samples.map((sample) => sample.context), [samples]);
  const rejected = useStore(store, (state) => state.rejected);
  const { schema } = aimOf(known, step);
  const model = useStore(store, (state) => state.model);
  const ideas = useSuggestions(schema, contexts, rejected, useContextShape(step.id), model);
  const config = objectOf(step.node.config);
  const { suggestions } = ideas;
  const mapping = useMappingOf({ step, config, samples, suggestions, store });
  const [opened, setOpened] = useState<Opened>();
  useMapperCommands(mapping, onClose);
  useEffect(() => {
    document.querySelector<HTMLElement>(".map-tree-source, .map-table")?.focus();
  }, []);
  return (
    <MappingProvider value={mapping}>
      <div className="mapper">
        <Head onOpen={setOpened} onClose={onClose} />
        {unread && <UnreadNote {...unread} />}
        <Body
          rowHeight={touch ? ROW_TOUCH : ROW}
          busy={ideas.busy}
          error={ideas.error}
          again={ideas.again}
          model={ideas.model}
          narrow={narrow}
        />
        <p className="visually-hidden" id="mapper-help">
          {t("mapper.help")}
        </p>
      </div>
      {opened === "samples" && (
        <SamplesDialog
          choices={choices}
          chosen={more}
          onChange={setMore}
          onClose={() => setOpened(undefined)}
        />
      )}
      {opened === "templates" && dialogs && (
        <dialogs.TemplatesDialog onClose={() => setOpened(undefined)} />
      )}
      {opened === "schema" && dialogs && (
        <dialogs.SchemaDialog onClose={() => setOpened(undefined)} />
      )}
    </MappingProvider>
  );
}

interface BodyProps {
  readonly rowHeight: number;
  readonly busy: boolean;
  readonly error: unknown;
  readonly again: () => void;
  readonly model: Model | undefined;
  readonly narrow: boolean;
}

function Body(props: BodyProps) {
  const t = useText();
  const mapping = useMapping();
  const { store, issues, suggestions } = mapping;
  const list = useStore(store, (state) => state.list);
  const tab = useStore(store, (state) => state.tab);
  const targets = useTargetShown();
  const wrong = [...issues.values()].reduce((sum, one) => sum + one.length, 0);
  return (
    <div className="map-body">
      <div className="map-centre">
        {list || props.narrow ? (
          <ListView shown={targets} rowHeight={Math.max(props.rowHeight, 30)} />
        ) : (
          <Board targets={targets} rowHeight={props.rowHeight} />
        )}
      </div>
      <aside className="map-panel" aria-label={t("mapper.panel")} data-region="panel" tabIndex={-1}>
        <Tabs
          label={t("mapper.panel")}
          chosen={tab}
          onChoose={(id) => store.setState({ tab: id as Tab })}
          tabs={[
            { id: "field", label: t("mapper.tab.field"), content: <FieldPanel /> },
            {
              id: "check",
              label: t("mapper.tab.check", { count: wrong }),
              content: <CheckPanel />,
            },
            {
              id: "suggest",
              label: t("mapper.tab.suggest", { count: suggestions.length }),
              content: <SuggestPanel {...props} />,
            },
          ]}
        />
      </aside>
    </div>
  );
}

export function Mapper({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useText();
  const step = useEdited((state) => stepOf(state.draft, id));
  if (step?.type !== "transform.map") {
    return (
      <div className="mapper">
        <Empty
          title={t("mapper.gone", { step: id })}
          acts={<Button onPress={onClose}>{t("mapper.close")}</Button>}
        >
          {t("mapper.goneText")}
        </Empty>
      </div>
    );
  }
  return <Open key={id} step={step} onClose={onClose} />;
}
