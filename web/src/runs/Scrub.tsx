// The moment of a run that is looked at: a line over the time line, to be drawn along it, stepped
// through by keys, and played.
import { Pause, Play } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import { span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { playedFrom, stopFrom, timeAt } from "./asOf.ts";
import type { RunStep } from "./runs.ts";
import { placeOf, type Segment } from "./scale.ts";

const FRAME_MS = 350;
const SECOND_MS = 1000;

export interface ScrubProps {
  steps: readonly RunStep[];
  segments: readonly Segment[];
  end: number;
  /** Milliseconds of the run; undefined: as it is now. */
  at: number | undefined;
  onAt: (at: number | undefined) => void;
}

/** Plays from one stop to the next until the end, where it is as it is now again. */
function usePlaying(props: ScrubProps) {
  const [playing, setPlaying] = useState(false);
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      const { steps, segments, end, at, onAt } = now.current;
      const next = playedFrom(steps, segments, end, at ?? 0);
      const over = next >= end;
      onAt(over ? undefined : next);
      if (over) setPlaying(false);
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [playing]);
  const { at, onAt } = props;
  return {
    playing,
    turn: () => {
      if (!playing && at === undefined) onAt(0);
      setPlaying(!playing);
    },
    stop: () => setPlaying(false),
  };
}

function moved(event: KeyboardEvent, at: number, end: number, steps: readonly RunStep[]) {
  const by = event.key === "ArrowRight" || event.key === "ArrowUp" ? 1 : -1;
  switch (event.key) {
    case "ArrowRight":
    case "ArrowUp":
    case "ArrowLeft":
    case "ArrowDown":
      return event.shiftKey ? at + by * SECOND_MS : stopFrom(steps, end, at, by);
    case "Home":
      return 0;
    case "End":
      return end;
    default:
      return undefined;
  }
}

export function Scrub(props: ScrubProps) {
  const t = useText();
  const { steps, segments, end, at, onAt } = props;
  const play = usePlaying(props);
  const now = at ?? end;
  const put = (next: number) => {
    play.stop();
    onAt(next >= end ? undefined : Math.max(0, next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(event, now, end, steps);
    if (event.key === " ") play.turn();
    else if (next !== undefined) put(next);
    else return;
    event.preventDefault();
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === "pointermove" && event.buttons === 0) return;
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const place = (event.clientX - box.left) / Math.max(1, box.width);
    put(timeAt(segments, Math.min(1, Math.max(0, place))));
  };
  return (
    <span className="scrub">
      <div
        className="scrub-line"
        role="slider"
        tabIndex={0}
        title={t("step.scrubHelp")}
        aria-label={t("step.scrub")}
        aria-valuemin={0}
        aria-valuemax={Math.round(end)}
        aria-valuenow={Math.round(now)}
        aria-valuetext={at === undefined ? t("step.scrubEnd") : span(now)}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        <span className="scrub-words num">
          {at === undefined
            ? t("step.timeline", { span: span(end) })
            : t("step.scrubAt", { at: span(now), span: span(end) })}
        </span>
        <span
          className="scrub-grip"
          style={{ insetInlineStart: `${placeOf(segments, now) * 100}%` }}
        />
      </div>
      <Button
        size="s"
        look="quiet"
        icon={play.playing ? <Pause size={13} /> : <Play size={13} />}
        label={t(play.playing ? "step.pause" : "step.play")}
        onPress={play.turn}
      />
    </span>
  );
}
