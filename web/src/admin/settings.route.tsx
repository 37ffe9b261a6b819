// What a person settles for themselves: looks, keys, password, second factor, sessions, tokens.
import { useUrlState } from "../app/url.ts";
import { useText } from "../i18n/text.tsx";
import { Page } from "../ui/Panel.tsx";
import { Tabs } from "../ui/Tabs.tsx";
import { Factor, Password } from "./Account.tsx";
import { Keys, Look } from "./Look.tsx";
import { Sessions } from "./Sessions.tsx";
import { Tokens } from "./Tokens.tsx";
import "./admin.css";

export default function Settings() {
  const t = useText();
  const [tab, setTab] = useUrlState("tab", "look");
  return (
    <Page title={t("nav.settings")} lead={t("settings.lead")}>
      <Tabs
        label={t("nav.settings")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          {
            id: "look",
            label: t("settings.look"),
            content: (
              <div className="columns">
                <Look />
                <Keys />
              </div>
            ),
          },
          {
            id: "account",
            label: t("settings.account"),
            content: (
              <div className="columns">
                <Password />
                <Factor />
                <Sessions />
              </div>
            ),
          },
          { id: "tokens", label: t("settings.tokens"), content: <Tokens /> },
        ]}
      />
    </Page>
  );
}
