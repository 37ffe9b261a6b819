// Alerts: what is wrong, the rules that find it, and the channels by which people hear of it.
import { useCan } from "../api/session.ts";
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Page } from "../ui/Panel.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { AlertList } from "./AlertList.tsx";
import { ChannelList } from "./ChannelList.tsx";
import { RuleList } from "./RuleList.tsx";
import "./alerts.css";

export default function Alerts() {
  const t = useText();
  const may = useCan("alerts.read");
  const [tab, setTab] = useUrlState("tab", "alerts");
  return (
    <Page title={t("nav.alerts")} lead={t("alert.lead")}>
      {may ? (
        <Tabs
          label={t("nav.alerts")}
          chosen={tab}
          onChoose={setTab}
          tabs={[
            {
              id: "alerts",
              label: t("nav.alerts"),
              content: (
                <div className="stack">
                  <AlertList />
                </div>
              ),
            },
            { id: "rules", label: t("alertRule.rules"), content: <RuleList /> },
            { id: "channels", label: t("channel.channels"), content: <ChannelList /> },
          ]}
        />
      ) : (
        <p className="muted">{t("may.not", { permission: "alerts.read" })}</p>
      )}
    </Page>
  );
}
