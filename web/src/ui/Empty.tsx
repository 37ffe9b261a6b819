import type { ReactNode } from "react";

/** Nothing is there: why, and what to do about it. */
export function Empty(props: {
  icon?: ReactNode;
  title: ReactNode;
  children?: ReactNode;
  acts?: ReactNode;
}) {
  return (
    <div className="empty">
      {props.icon && (
        <div className="empty-icon" aria-hidden="true">
          {props.icon}
        </div>
      )}
      <h2>{props.title}</h2>
      {props.children && <div className="empty-text">{props.children}</div>}
      {props.acts && <div className="empty-acts">{props.acts}</div>}
    </div>
  );
}
