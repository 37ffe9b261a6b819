// The time line of a run: where on it a moment lies, from 0 to 1. Long stretches in which nothing
// works are drawn short, so that milliseconds of work beside days of waiting can be seen.

import type { RunStep } from "./runs.ts";

export interface Span {
  from: number;
  to: number;
}

export interface Segment extends Span {
  /** Where on the line it begins and ends. */
  left: number;
  right: number;
  idle: boolean;
}

const IDLE_SHARE = 0.12; // a stretch longer than this part of the whole is cut
const IDLE_WIDTH = 0.05; // and drawn as wide as this
const IDLES_MAX = 8;

/** The stretches in which work is done, merged and in order. */
function merged(work: readonly Span[]): Span[] {
  const sorted = [...work].sort((a, b) => a.from - b.from);
  const out: Span[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}

interface Worked {
  work: Span[];
  waits: Span[];
}

/** Blocks of steps do not change: what one says is found once, also when others come beside it. */
const worked = new WeakMap<readonly RunStep[], Worked>();

function workedIn(block: readonly RunStep[]): Worked {
  const known = worked.get(block);
  if (known) return known;
  const work: Span[] = [];
  const waits: Span[] = [];
  for (const step of block) {
    // A loop lasts as long as its iterations: their pauses are its own.
    if (step.iterations) continue;
    for (const { kind, from_ms: from, to_ms: to = Number.POSITIVE_INFINITY } of step.spans) {
      (kind === "work" || kind === "called" ? work : waits).push({ from, to });
    }
  }
  const found = { work: merged(work), waits: merged(waits) };
  worked.set(block, found);
  return found;
}

/**
 * When something was done in a run of so many steps, as far as blocks of them are here. Of those that
 * are not nobody knows when they worked: then only what the others have waited for is a pause.
 */
export function workOf(
  blocks: readonly (readonly RunStep[])[],
  count: number,
  end: number,
): Span[] {
  const parts = blocks.map(workedIn);
  const until = ({ from, to }: Span) => ({ from, to: Math.min(to, end) }); // what goes on goes on to the end
  const work = parts.flatMap((one) => one.work.map(until));
  if (blocks.reduce((sum, block) => sum + block.length, 0) >= count) return work;
  let at = 0;
  for (const wait of merged(parts.flatMap((one) => one.waits.map(until)))) {
    work.push({ from: at, to: wait.from });
    at = wait.to;
  }
  return [...work, { from: at, to: Math.max(at, end) }];
}

/** Segments of the line from 0 to `end`, those without work cut. */
export function segmentsOf(work: readonly Span[], end: number): Segment[] {
  const whole = Math.max(1, end);
  const gaps: Span[] = [];
  let at = 0;
  for (const span of merged(work)) {
    if (span.from - at > whole * IDLE_SHARE) gaps.push({ from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  if (whole - at > whole * IDLE_SHARE) gaps.push({ from: at, to: whole });
  const cut = gaps.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, IDLES_MAX);
  cut.sort((a, b) => a.from - b.from);
  const idle = cut.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  if (idle >= whole) return [{ from: 0, to: whole, left: 0, right: 1, idle: false }];
  const room = 1 - cut.length * IDLE_WIDTH;
  const segments: Segment[] = [];
  let time = 0;
  let left = 0;
  const add = (to: number, isIdle: boolean) => {
    if (to <= time) return;
    const width = isIdle ? IDLE_WIDTH : ((to - time) / (whole - idle)) * room;
    segments.push({ from: time, to, left, right: left + width, idle: isIdle });
    time = to;
    left += width;
  };
  for (const gap of cut) {
    add(gap.from, false);
    add(gap.to, true);
  }
  add(whole, false);
  return segments;
}

export function placeOf(segments: readonly Segment[], time: number): number {
  for (const segment of segments) {
    if (time > segment.to) continue;
    const share = (Math.max(time, segment.from) - segment.from) / (segment.to - segment.from);
    return segment.left + share * (segment.right - segment.left);
  }
  return 1;
}
