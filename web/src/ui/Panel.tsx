// A part of a page with a head and a body; a page itself.
import type { ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { cx } from "./cx.ts";

export function Panel(props: {
  title?: ReactNode;
  count?: ReactNode;
  tools?: ReactNode;
  children: ReactNode;
  /** Its content comes with its own edges: lists, editors. */
  flush?: boolean;
  className?: string;
}) {
  const id = useId();
  return (
    <section
      className={cx("panel", props.flush && "panel-flush", props.className)}
      aria-labelledby={props.title ? id : undefined}
    >
      {(props.title || props.tools) && (
        <header className="panel-head">
          {props.title && (
            <h2 id={id}>
              {props.title}
              {props.count !== undefined && <span className="count">{props.count}</span>}
            </h2>
          )}
          {props.tools && <div className="panel-tools">{props.tools}</div>}
        </header>
      )}
      <div className="panel-body">{props.children}</div>
    </section>
  );
}

/** Title row and content of a screen. `fill` gives the content the rest of the window's height. */
export function Page(props: {
  title: ReactNode;
  crumbs?: ReactNode;
  lead?: ReactNode;
  tools?: ReactNode;
  fill?: boolean;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const name = heading.current?.textContent;
    document.title = name ? `${name} · Weft` : "Weft";
  });
  return (
    <div className={cx("page", props.fill && "page-fill")}>
      <header className="page-head">
        <div className="page-titles">
          {props.crumbs && <div className="crumbs">{props.crumbs}</div>}
          <h1 ref={heading}>{props.title}</h1>
          {props.lead && <div className="page-lead">{props.lead}</div>}
        </div>
        {props.tools && <div className="page-tools">{props.tools}</div>}
      </header>
      {props.children}
    </div>
  );
}
