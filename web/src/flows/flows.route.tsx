// All flows: where they work, how they do, what waits to be published.
import { Workflow } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";
import { useLocation } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { ListView } from "../app/ListView.tsx";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Empty } from "../ui/Empty.tsx";
import { SearchField } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { flowColumns, useFlowActs } from "./flowRows.tsx";
import type { Flow } from "./flows.ts";
import { useBeginnings } from "./useBeginnings.tsx";
import "./flows.css";

export default function Flows() {
  const t = useText();
  const [, go] = useLocation();
  const [search, setSearch] = useUrlState("q");
  const words = useDebounced(search, 200);
  const { acts, parts } = useBeginnings();
  const { actsOf, turnAt } = useFlowActs();
  const columns = flowColumns(t, actsOf);
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
  useLiveRefresh(["run", "deployment", "draft"], "flows");
  const pages = usePages(["flows", words], (cursor, signal) =>
    got(
      client.GET("/flows", {
        params: {
          query: { limit: 100, ...(words ? { search: words } : {}), ...(cursor ? { cursor } : {}) },
        },
        signal,
      }),
    ),
  );
  return (
    <Page fill title={t("nav.flows")} tools={acts}>
      <div className="filters">
        <SearchField label={t("flow.search")} value={search} onChange={setSearch} />
      </div>
      <Panel flush className="list-panel">
        <div className="flow-list" ref={box}>
          <ListView
            label={t("nav.flows")}
            pages={pages}
            columns={columns}
            keyOf={(flow) => flow.flow}
            onCursor={onCursor}
            onOpen={(flow) => go(`/flows/${flow.flow}`)}
            filtered={words !== ""}
            onClear={() => setSearch("")}
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
