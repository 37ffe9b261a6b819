// Who did what: found by filters, looked at with what was before and after, taken along, verified.
import { Download, ScrollText, ShieldCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { type AuditRecord, askedOf, type Filters } from "./audit.ts";
import { Export } from "./Export.tsx";
import { FilterBar } from "./Filters.tsx";
import { OneRecord } from "./OneRecord.tsx";
import { actOf } from "./said.ts";
import { Thing } from "./Thing.tsx";
import { Verify } from "./Verify.tsx";
import "./audit.css";

const NAMES = ["by", "what", "object", "flow", "period", "from", "to"] as const;

function columnsOf(t: Translate): Column<AuditRecord>[] {
  return [
    {
      id: "at",
      header: t("audit.at"),
      width: "9.5rem",
      cell: (one) => <Moment at={one.at} />,
    },
    {
      id: "by",
      header: t("audit.by"),
      width: "minmax(5rem, 1fr)",
      cell: (one) => <span className="foreign">{one.by}</span>,
    },
    {
      id: "what",
      header: t("audit.what"),
      width: "minmax(8rem, 1.2fr)",
      cell: (one) => <span title={one.what}>{actOf(t, one.what)}</span>,
    },
    {
      id: "object",
      header: t("audit.object"),
      width: "minmax(9rem, 3fr)",
      from: 520,
      cell: (one) => <Thing record={one} />,
    },
    {
      id: "seq",
      header: t("audit.seq"),
      width: "6rem",
      align: "end",
      from: 760,
      cell: (one) => <span className="muted">{one.seq}</span>,
    },
  ];
}

function useFilters() {
  const [params, setParams] = useSearchParams();
  const filters = Object.fromEntries(
    NAMES.map((name) => [name, params.get(name) ?? ""]),
  ) as unknown as Filters;
  const change = (name: keyof Filters, value: string) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return { filters, change, clear: () => setParams({}, { replace: true }) };
}

/** The filters as they are asked; the period's beginning moves with each change of them. */
function useAsked(filters: Filters) {
  const still = useDebounced(JSON.stringify(filters), 250);
  return useMemo(() => {
    const read = JSON.parse(still) as Filters;
    for (const name of ["by", "object", "flow"] as const) read[name] = read[name].trim();
    return askedOf(read, new Date());
  }, [still]);
}

function Found({ asked, onClear }: { asked: ReturnType<typeof askedOf>; onClear: () => void }) {
  const t = useText();
  const [shown, setShown] = useState<AuditRecord>();
  const pages = usePages(
    ["audit", asked],
    (cursor, signal) => {
      const query = { limit: 100, ...asked, ...(cursor === undefined ? {} : { cursor }) };
      return got(client.GET("/audit", { params: { query }, signal }));
    },
    { calm: true },
  );
  return (
    <Panel flush className="list-panel">
      <ListView
        label={t("nav.audit")}
        pages={pages}
        columns={columnsOf(t)}
        keyOf={(one) => String(one.seq)}
        onOpen={setShown}
        filtered={Object.keys(asked).length > 0}
        onClear={onClear}
        empty={<Empty icon={<ScrollText size={22} />} title={t("audit.none")} />}
      />
      {shown && <OneRecord record={shown} onClose={() => setShown(undefined)} />}
    </Panel>
  );
}

export default function Audit() {
  const t = useText();
  const may = useCan("audit.read");
  const { filters, change, clear } = useFilters();
  const asked = useAsked(filters);
  const [doing, setDoing] = useState<"verify" | "export">();
  const reason = may ? undefined : t("may.not", { permission: "audit.read" });
  useCommands(
    useMemo(
      () =>
        (["verify", "export"] as const).map((name) => ({
          id: `audit.${name}`,
          title: t(`audit.${name}`),
          group: t("nav.audit"),
          ...(reason ? { reason } : {}),
          run: () => setDoing(name),
        })),
      [t, reason],
    ),
  );
  return (
    <Page
      fill
      title={t("nav.audit")}
      lead={t("audit.lead")}
      tools={
        <>
          <Button icon={<Download size={15} />} reason={reason} onPress={() => setDoing("export")}>
            {t("audit.export")}
          </Button>
          <Button
            icon={<ShieldCheck size={15} />}
            reason={reason}
            onPress={() => setDoing("verify")}
          >
            {t("audit.verify")}
          </Button>
        </>
      }
    >
      {may ? (
        <>
          <FilterBar filters={filters} onChange={change} />
          <Found asked={asked} onClear={clear} />
        </>
      ) : (
        <p className="muted">{reason}</p>
      )}
      {doing === "verify" && <Verify onClose={() => setDoing(undefined)} />}
      {doing === "export" && <Export asked={asked} onClose={() => setDoing(undefined)} />}
    </Page>
  );
}
