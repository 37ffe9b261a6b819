// Whether what is on the screen keeps itself up to date.
import { useLive } from "../api/events.ts";
import { useText } from "../i18n/text.tsx";

export function LiveMark() {
  const t = useText();
  const state = useLive((live) => live.state);
  if (state === "asking") return null;
  return (
    <span className={state === "open" ? "live" : "live live-off"} role="status">
      {t(state === "open" ? "live.on" : "live.off")}
    </span>
  );
}
