// What somebody needs who looks for a fault elsewhere, as a file without secrets and payloads.
import { Download } from "lucide-react";
import { client, got } from "../api/client.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Panel } from "../ui/Panel.tsx";
import { saveFile } from "../ui/saveFile.ts";

export function Diagnostics() {
  const t = useText();
  const [asking, error, ask] = useAsking();
  const make = async () => {
    const text = await got(client.POST("/diagnostics", { parseAs: "text" }));
    const blob = new Blob([text as string], { type: "application/json" });
    saveFile(
      `weft-diagnostics-${new Date().toISOString().slice(0, 19).replace(/:/g, "")}.json`,
      blob,
    );
  };
  return (
    <Panel title={t("admin.diagnostics")}>
      <div className="stack">
        <p>{t("diagnostics.lead")}</p>
        {error !== undefined && <ErrorBox small error={error} />}
        <div>
          <Button icon={<Download size={15} />} pending={asking} onPress={() => ask(make)}>
            {t("diagnostics.make")}
          </Button>
        </div>
      </div>
    </Panel>
  );
}
