// Grey lines in the place of what is coming. Nothing is shown for the first 150 ms (ui.css); when it
// takes long, words say that it is still waited for.
import { useEffect, useState } from "react";
import { useText } from "../i18n/text.tsx";

const SLOW_MS = 3000;
const widths = ["62%", "84%", "47%", "71%", "55%", "90%", "66%", "38%"];

function useSlow(): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return slow;
}

export function Skeleton({ lines = 6, label }: { lines?: number; label: string }) {
  const t = useText();
  const slow = useSlow();
  const rows = Array.from({ length: lines }, (_, at) => ({ key: at, width: widths[at % 8] }));
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {slow && <p className="skeleton-slow">{t("state.slow")}</p>}
      {rows.map((row) => (
        <div key={row.key} className="skeleton-line" style={{ width: row.width }} />
      ))}
    </div>
  );
}
