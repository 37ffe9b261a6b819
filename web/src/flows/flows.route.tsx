// All flows: where they work, how they do, what waits to be published.
import { FileUp, Plus, Workflow } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { tell, tellProblem } from "../app/toasts.tsx";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { SearchField } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { flowColumns, useFlowActs } from "./flowRows.tsx";
import { NewFlow } from "./NewFlow.tsx";
import "./flows.css";

function useImport(): [React.RefObject<HTMLInputElement | null>, (file: File) => Promise<void>] {
  const t = useText();
  const [, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const load = async (file: File) => {
    try {
      const text = await file.text();
      const draft = await got(
        client.POST("/flows/import", {
          params: { header: onceKey() },
          body: {} as never,
          // The text as it stands: its numbers keep their digits.
          bodySerializer: () => text,
          headers: { "Content-Type": "application/json" },
        }),
      );
      tell(t("flow.imported", { name: draft.flow }));
      go(`/flows/${draft.flow}`);
    } catch (error) {
      tellProblem(error);
    }
  };
  return [input, load];
}

export default function Flows() {
  const t = useText();
  const [, go] = useLocation();
  const [search, setSearch] = useUrlState("q");
  const words = useDebounced(search, 200);
  const mayWrite = useCan("flows.write");
  const [making, setMaking] = useState(false);
  const [file, load] = useImport();
  const columns = flowColumns(t, useFlowActs());
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
  const reason = mayWrite ? undefined : t("may.not", { permission: "flows.write" });
  useCommands(
    useMemo(
      () => [
        {
          id: "flows.new",
          title: t("flow.new"),
          group: t("nav.flows"),
          keys: ["n"],
          reason,
          run: () => setMaking(true),
        },
        {
          id: "flows.import",
          title: t("flow.import"),
          group: t("nav.flows"),
          reason,
          run: () => file.current?.click(),
        },
      ],
      [t, reason, file],
    ),
  );
  const newButton = (
    <Button
      look="primary"
      icon={<Plus size={15} />}
      reason={reason}
      onPress={() => setMaking(true)}
    >
      {t("flow.new")}
    </Button>
  );
  return (
    <Page
      fill
      title={t("nav.flows")}
      tools={
        <>
          <Button icon={<FileUp size={15} />} reason={reason} onPress={() => file.current?.click()}>
            {t("flow.import")}
          </Button>
          {newButton}
        </>
      }
    >
      <div className="filters">
        <SearchField label={t("flow.search")} value={search} onChange={setSearch} />
      </div>
      <Panel flush className="list-panel">
        <ListView
          label={t("nav.flows")}
          pages={pages}
          columns={columns}
          keyOf={(flow) => flow.flow}
          onOpen={(flow) => go(`/flows/${flow.flow}`)}
          filtered={words !== ""}
          onClear={() => setSearch("")}
          empty={
            <Empty icon={<Workflow size={22} />} title={t("flow.none")} acts={newButton}>
              {t("flow.noneText")}
            </Empty>
          }
        />
      </Panel>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t("flow.import")}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = "";
          if (chosen) void load(chosen);
        }}
      />
      <NewFlow open={making} onClose={() => setMaking(false)} />
    </Page>
  );
}
