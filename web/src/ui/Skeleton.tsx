// Grey lines in the place of what is coming. Nothing is shown for the first 150 ms (ui.css).
const widths = ["62%", "84%", "47%", "71%", "55%", "90%", "66%", "38%"];

export function Skeleton({ lines = 6, label }: { lines?: number; label: string }) {
  const rows = Array.from({ length: lines }, (_, at) => ({ key: at, width: widths[at % 8] }));
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {rows.map((row) => (
        <div key={row.key} className="skeleton-line" style={{ width: row.width }} />
      ))}
    </div>
  );
}
