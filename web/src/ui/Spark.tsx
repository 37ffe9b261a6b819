// A day in a cell: a bar for each hour, what has failed on top of it. For the eye; the words say the sums.
export interface SparkHours {
  succeeded: readonly number[];
  failed: readonly number[];
}

const WIDE = 3;
const HIGH = 18;

export function Spark({ hours, label }: { hours: SparkHours; label: string }) {
  const { succeeded, failed } = hours;
  const most = Math.max(1, ...succeeded.map((ok, at) => ok + (failed[at] ?? 0)));
  return (
    <svg
      className="spark"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${succeeded.length * WIDE} ${HIGH}`}
    >
      <title>{label}</title>
      {succeeded.map((ok, at) => {
        const bad = failed[at] ?? 0;
        const rise = (part: number) => (part === 0 ? 0 : Math.max(2, (part / most) * (HIGH - 2)));
        const top = HIGH - rise(ok);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its place
          <g key={at}>
            <rect className="spark-ok" x={at * WIDE} y={top} width={WIDE - 1} height={rise(ok)} />
            <rect
              className="spark-err"
              x={at * WIDE}
              y={Math.max(0, top - rise(bad))}
              width={WIDE - 1}
              height={rise(bad)}
            />
          </g>
        );
      })}
    </svg>
  );
}
