// A number that leads to what it counts.
import type { ReactNode } from "react";
import { Link } from "wouter";
import { cx } from "../ui/cx.ts";

export function Tile(props: {
  label: string;
  value: string;
  href: string;
  tone?: "err" | "warn";
  note?: ReactNode;
}) {
  return (
    <Link href={props.href} className={cx("tile", props.tone && `tile-${props.tone}`)}>
      <span className="tile-label">{props.label}</span>
      <span className="tile-value num">{props.value}</span>
      {props.note && <span className="tile-note">{props.note}</span>}
    </Link>
  );
}
