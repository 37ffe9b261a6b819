/* Before it is published: what the flow as it is drawn would have made of the last runs. */
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import { Backtest } from "../releases/Backtest.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { useEdited } from "./context.tsx";

export default function BacktestDialog({ onClose }: { onClose: () => void }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const draft = useEdited((state) => state.draft);
  const changed = useMemo(() => ({ bundle: draft }), [draft]);
  return (
    <Dialog open title={t("backtest.title")} onClose={onClose} closeLabel={t("act.close")} size="l">
      <Backtest flow={flow} changed={changed} />
    </Dialog>
  );
}
