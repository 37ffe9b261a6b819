/* The real schedule of the tries on an axis of time: a mark for each try, a band for chance. */
import { span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import type { Json } from "../model/json.ts";
import { retryOf, scheduleOf } from "./backoff.ts";

const WIDTH = 320;
const HEIGHT = 64;
const EDGE = 10;
const BANDS = 12; /* of more tries the last one has its band alone */

export function Backoff({ retry }: { retry: Json | undefined }) {
  const t = useText();
  const settings = retryOf(retry);
  const tries = scheduleOf(settings);
  const last = tries.at(-1);
  if (last === undefined || tries.length < 2) {
    return <p className="backoff-none">{t("inspector.backoff.once")}</p>;
  }
  /* the first pauses are short, the last ones long: a scale that shows both */
  const unit = settings.initialMs;
  const scale = (ms: number): number => Math.log1p(ms / unit);
  const x = (ms: number): number =>
    EDGE + ((WIDTH - 2 * EDGE) * scale(ms)) / scale(last.latest || 1);
  const words = tries.slice(0, 6).map((one) => span(one.at));
  return (
    <figure className="backoff">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={t("inspector.backoff.label", { tries: tries.length, last: span(last.at) })}
      >
        <line x1={EDGE} x2={WIDTH - EDGE} y1={40} y2={40} className="backoff-axis" />
        {tries.map((one) => (
          <g key={one.number}>
            {one.latest > one.earliest && (one.number <= BANDS || one === last) && (
              <rect
                x={x(one.earliest)}
                width={Math.max(1, x(one.latest) - x(one.earliest))}
                y={31}
                height={18}
                rx={3}
                className="backoff-band"
              />
            )}
            <circle
              cx={x(one.at)}
              cy={40}
              r={tries.length > 20 ? 2.5 : 4.5}
              className="backoff-try"
            />
            {(one.number <= 4 || one === last) && (
              <text
                x={x(one.at)}
                y={22}
                className="backoff-number"
                textAnchor={one === last ? "end" : "middle"}
              >
                {one.number}
              </text>
            )}
          </g>
        ))}
        <text x={EDGE} y={61} className="backoff-time">
          0
        </text>
        <text x={WIDTH - EDGE} y={61} className="backoff-time" textAnchor="end">
          {span(last.at)}
        </text>
      </svg>
      <figcaption>
        {t("inspector.backoff.words", {
          times:
            words.join(", ") + (tries.length > words.length ? t("inspector.backoff.more") : ""),
          earliest: span(last.earliest),
          latest: span(last.latest),
        })}
      </figcaption>
    </figure>
  );
}
