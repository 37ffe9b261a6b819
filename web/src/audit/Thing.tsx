// To what something was done: the kind of thing, its name, and the way to it.
import { Link } from "wouter";
import { isTextKey, useText } from "../i18n/text.tsx";
import type { AuditRecord } from "./audit.ts";
import { thingOf } from "./said.ts";

export function Thing({ record }: { record: AuditRecord }) {
  const t = useText();
  const { kind, name, href } = thingOf(record);
  const word = `audit.kind.${kind}`;
  return (
    <span className="truncate audit-thing" title={record.object}>
      {kind !== undefined && <span className="muted">{isTextKey(word) ? t(word) : kind} </span>}
      {href === undefined ? (
        <span className="foreign">{name}</span>
      ) : (
        <Link className="foreign" href={href}>
          {name}
        </Link>
      )}
    </span>
  );
}
