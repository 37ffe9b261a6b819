/* Whether what is drawn has arrived: always in words, never a bare icon. */
import { Check, CloudOff, Loader, TriangleAlert } from "lucide-react";
import { useEffect, useState } from "react";
import { moment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { useEdited } from "./context.tsx";

function useSeconds(until: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === undefined) {
      return;
    }
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
}

export function SaveMark() {
  const t = useText();
  const save = useEdited((state) => state.save);
  const seconds = useSeconds(save.kind === "offline" ? save.again : undefined);
  switch (save.kind) {
    case "saved":
      return (
        <span className="save-mark" role="status">
          <Check size={13} aria-hidden="true" />
          {t("canvas.save.saved", { at: moment(new Date(save.at), new Date()) })}
        </span>
      );
    case "waiting":
    case "saving":
      return (
        <span className="save-mark" role="status">
          <Loader size={13} aria-hidden="true" />
          {t(save.kind === "saving" && save.slow ? "canvas.save.slow" : "canvas.save.saving")}
        </span>
      );
    case "offline":
      return (
        <span className="save-mark tone-text-warn" role="status" title={save.detail}>
          <CloudOff size={13} aria-hidden="true" />
          {t("canvas.save.offline", { seconds })}
        </span>
      );
    default:
      return (
        <span
          className="save-mark tone-text-err"
          role="status"
          title={save.kind === "refused" ? save.detail : undefined}
        >
          <TriangleAlert size={13} aria-hidden="true" />
          {save.kind === "refused"
            ? t("canvas.save.refused", { detail: save.detail })
            : t("canvas.save.conflict")}
        </span>
      );
  }
}
