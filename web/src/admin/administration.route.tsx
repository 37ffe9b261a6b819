// What is settled for everybody: settings of the workspace and the program, long work, backups.
import { useCan, useSession } from "../api/session.ts";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Page } from "../ui/Panel.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { Backups } from "./Backups.tsx";
import { Diagnostics } from "./Diagnostics.tsx";
import { Jobs } from "./Jobs.tsx";
import { ProgramSettings } from "./ProgramSettings.tsx";
import "./admin.css";

/** The program's own things are seen and done in this workspace only. */
const MAIN = "main";

export default function Administration() {
  const t = useText();
  const maySee = useCan("audit.read");
  const mayWrite = useCan("settings.write");
  const inMain = useSession((session) => session.workspace === MAIN || session.workspace === "");
  const [tab, setTab] = useUrlState("tab", maySee ? "settings" : "jobs");
  const not = (permission: string) => <p className="muted">{t("may.not", { permission })}</p>;
  const ofMain = (content: React.ReactNode) => {
    if (!mayWrite) return not("settings.write");
    return inMain ? content : <p className="muted">{t("admin.mainOnly")}</p>;
  };
  return (
    <Page title={t("nav.administration")} lead={t("admin.lead")}>
      <Tabs
        label={t("nav.administration")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          {
            id: "settings",
            label: t("admin.settings"),
            content: maySee ? <ProgramSettings /> : not("audit.read"),
          },
          { id: "jobs", label: t("admin.jobs"), content: <Jobs /> },
          { id: "backups", label: t("admin.backups"), content: ofMain(<Backups />) },
          { id: "diagnostics", label: t("admin.diagnostics"), content: ofMain(<Diagnostics />) },
        ]}
      />
    </Page>
  );
}
