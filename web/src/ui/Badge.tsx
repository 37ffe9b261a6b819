// A state: an icon and a word in a soft colour; never colour alone.
import {
  AlertTriangle,
  Ban,
  CheckCircle2,
  CircleDashed,
  CircleHelp,
  CirclePlay,
  Clock,
  Info,
  type LucideIcon,
  XCircle,
} from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export type Tone = "ok" | "err" | "warn" | "wait" | "busy" | "doubt" | "off" | "info" | "neutral";

const icons: Record<Tone, LucideIcon> = {
  ok: CheckCircle2,
  err: XCircle,
  warn: AlertTriangle,
  wait: Clock,
  busy: CirclePlay,
  doubt: CircleHelp,
  off: Ban,
  info: Info,
  neutral: CircleDashed,
};

export function Badge(props: { tone: Tone; children: ReactNode; plain?: boolean; title?: string }) {
  const Icon = icons[props.tone];
  return (
    <span
      className={cx("badge", `tone-${props.tone}`, props.plain && "badge-plain")}
      title={props.title}
    >
      <Icon size={13} strokeWidth={2.25} aria-hidden="true" />
      <span className="truncate">{props.children}</span>
    </span>
  );
}

/** A small fact without a judgement: a version, a tag, a key. */
export function Chip({ children, mono }: { children: ReactNode; mono?: boolean }) {
  return <span className={cx("chip foreign", mono && "mono")}>{children}</span>;
}
