// A number that leads to what it counts.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { cx } from "../ui/cx.ts";

export function Tile(
  props: {
    label: string;
    value: string;
    tone?: "err" | "warn";
    note?: ReactNode;
  } & (
    | { href: string }
    /** To be looked at only. */
    | { still: true }
  ),
) {
  const look = cx("tile", props.tone && `tile-${props.tone}`);
  const inside = (
    <>
      <span className="tile-label">{props.label}</span>
      <span className="tile-value num">{props.value}</span>
      {props.note && <span className="tile-note">{props.note}</span>}
    </>
  );
  if ("still" in props) return <div className={look}>{inside}</div>;
  return (
    <Link href={props.href} className={look}>
      {inside}
    </Link>
  );
}
