// All flows: where they work, how they do, what waits to be published.
import { Workflow } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { beyond } from "../app/Bulk.tsx";
import { ListView } from "../app/ListView.tsx";
import { useOpenOf } from "../exceptions/useExceptions.ts";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { useEnvironmentNames } from "../releases/queries.ts";
import { Empty } from "../ui/Empty.tsx";
import { type Choice, SearchField, Select } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { ListNotes } from "../views/ListNotes.tsx";
import { FLOW_STATES } from "../views/lists.ts";
import { type List, shownColumns, useList, withChosen } from "../views/useList.ts";
import { useViewState } from "../views/useViews.ts";
import { Views } from "../views/Views.tsx";
import { BulkFlows } from "./BulkFlows.tsx";
import { flowColumns, useFlowActs } from "./flowRows.tsx";
import type { Flow, FlowFacets } from "./flows.ts";
import { useBeginnings } from "./useBeginnings.tsx";
import "./flows.css";

const FILTERS = ["state", "system", "label", "owner", "environment"] as const;
const NONE: ReadonlySet<string> = new Set();

/** The flows that the filters find, and what there is to filter by. */
function useFlows(filter: Record<string, string>, sort: string) {
  const [facets, setFacets] = useState<FlowFacets>();
  useLiveRefresh(["run", "deployment", "draft"], "flows");
  const pages = usePages(["flows", filter, sort], async (cursor, signal) => {
    const query = { limit: 100, ...filter, sort: sort as "name", ...(cursor ? { cursor } : {}) };
    const page = await got(client.GET("/flows", { params: { query }, signal }));
    if (page.facets) setFacets(page.facets);
    return page;
  });
  return { pages, facets };
}

function FlowFilters(props: { list: List<"flows">; facets: FlowFacets | undefined }) {
  const t = useText();
  const { facets } = props;
  const { value, set } = props.list;
  const environments = useEnvironmentNames();
  const select = (name: (typeof FILTERS)[number], label: string, any: string, choices: Choice[]) =>
    (choices.length > 0 || value(name) !== "") && (
      <Select
        inline
        hideLabel
        label={label}
        value={value(name)}
        onChange={(next) => set(name, next)}
        choices={withChosen([{ value: "", label: any }, ...choices], value(name))}
      />
    );
  const named = (names: readonly string[] = []) => names.map((one) => ({ value: one, label: one }));
  return (
    <div className="filters">
      <SearchField
        label={t("flow.search")}
        value={value("q")}
        onChange={(next) => set("q", next)}
      />
      {select(
        "state",
        t("flow.state"),
        t("flow.anyState"),
        FLOW_STATES.map((one) => ({ value: one, label: t(`flow.state.${one}`) })),
      )}
      {select(
        "system",
        t("flow.system"),
        t("flow.anySystem"),
        (facets?.systems ?? []).map((one) => ({ value: one.system, label: one.title })),
      )}
      {select("label", t("flow.labels"), t("flow.anyLabel"), named(facets?.labels))}
      {select("owner", t("flow.owner"), t("flow.anyOwner"), named(facets?.owners))}
      {select("environment", t("run.environment"), t("run.anyEnvironment"), named(environments))}
    </div>
  );
}

export default function Flows() {
  const t = useText();
  const [, go] = useLocation();
  const list = useList("flows");
  const views = useViewState(list);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(NONE);
  const words = useDebounced(list.value("q"), 200);
  const sort = list.value("sort") || "name";
  const filter: Record<string, string> = words === "" ? {} : { search: words };
  for (const name of FILTERS) {
    if (list.value(name) !== "") filter[name] = list.value(name);
  }
  const { pages, facets } = useFlows(filter, sort);
  const open = useOpenOf();
  const { acts, parts } = useBeginnings();
  const { actsOf, turnAt } = useFlowActs();
  const columns = flowColumns(t, actsOf, open);
  const box = useRef<HTMLDivElement>(null);
  const turn = useRef(() => {});
  const cursor = useRef<Flow | undefined>(undefined);
  const onCursor = useCallback((flow: Flow | undefined) => {
    cursor.current = flow;
  }, []);
  turn.current = () => cursor.current && turnAt(cursor.current);
  useCommands(
    useMemo(
      () => [
        {
          id: "flows.turn",
          title: t("flow.turn"),
          group: t("nav.flows"),
          keys: ["p"],
          keysOnly: true,
          within: () => box.current,
          run: () => turn.current(),
        },
      ],
      [t],
    ),
  );
  return (
    <Page
      fill
      title={t("nav.flows")}
      tools={
        <>
          <Views list={list} state={views} columns={columns} />
          {acts}
        </>
      }
    >
      <FlowFilters list={list} facets={facets} />
      <ListNotes list={list} state={views} />
      {ticked.size > 0 && (
        <BulkFlows
          ticked={ticked}
          filter={filter}
          beyond={beyond(ticked.size, pages)}
          onClear={() => setTicked(NONE)}
        />
      )}
      <Panel flush className="list-panel">
        <div className="flow-list" ref={box}>
          <ListView
            label={t("nav.flows")}
            pages={pages}
            columns={shownColumns(list, columns)}
            keyOf={(flow) => flow.flow}
            onCursor={onCursor}
            ticked={ticked}
            onTick={setTicked}
            tickLabel={t("flow.tickAll")}
            sort={{ by: sort.replace("-", ""), down: sort.startsWith("-") }}
            onSort={({ by, down }) => list.set("sort", down ? `-${by}` : by === "name" ? "" : by)}
            onOpen={(flow) => go(`/flows/${flow.flow}`)}
            filtered={Object.keys(filter).length > 0}
            onClear={list.clear}
            empty={
              <Empty icon={<Workflow size={22} />} title={t("flow.none")} acts={acts}>
                {t("flow.noneText")}
              </Empty>
            }
          />
        </div>
      </Panel>
      {parts}
    </Page>
  );
}
