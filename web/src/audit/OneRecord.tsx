// One record: who did what to what, why, and what was kept of it before and since.
import type { ReactNode } from "react";
import { fullMoment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { fromPlain, isObject, type Json, writeJson } from "../model/json.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Diff } from "../ui/Diff.tsx";
import type { AuditRecord } from "./audit.ts";
import { actOf } from "./said.ts";
import { Thing } from "./Thing.tsx";

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

export function OneRecord({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const t = useText();
  const value = (of: unknown) => (of === undefined ? undefined : fromPlain(of)) as Json | undefined;
  const before = value(record.before);
  const after = value(record.after);
  // What was made or removed is told member by member, too.
  const nothing = isObject(before ?? after) ? {} : undefined;
  const detail = value(record.detail);
  return (
    <Dialog
      title={t("audit.record", { seq: record.seq })}
      open
      size="l"
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <div className="stack">
        <dl className="facts">
          <dt>{t("audit.at")}</dt>
          <dd>
            <time className="num" dateTime={record.at} title={record.at}>
              {fullMoment(new Date(record.at))}
            </time>
          </dd>
          <dt>{t("audit.by")}</dt>
          <dd className="foreign">{record.by}</dd>
          <dt>{t("audit.what")}</dt>
          <dd>
            {actOf(t, record.what)} <span className="mono muted">{record.what}</span>
          </dd>
          <dt>{t("audit.object")}</dt>
          <dd className="audit-object">
            <Thing record={record} /> <span className="mono muted foreign">{record.object}</span>
          </dd>
          {record.workspace && (
            <>
              <dt>{t("audit.workspace")}</dt>
              <dd className="foreign">{record.workspace}</dd>
            </>
          )}
          <dt>{t("audit.code")}</dt>
          <dd className="mono audit-object">{record.code}</dd>
        </dl>
        {detail !== undefined && (
          <Section title={t("audit.detail")}>
            <pre className="audit-detail mono foreign">{writeJson(detail, 2)}</pre>
          </Section>
        )}
        {(before !== undefined || after !== undefined) && (
          <Section title={t("audit.changed")}>
            <div className="audit-diff">
              <Diff
                before={before ?? nothing}
                after={after ?? nothing}
                names={[t("audit.before"), t("audit.after")]}
              />
            </div>
          </Section>
        )}
        {(record.left_out?.length ?? 0) > 0 && (
          <p className="muted">
            {t("audit.leftOut")} <span className="mono">{record.left_out?.join(", ")}</span>
          </p>
        )}
      </div>
    </Dialog>
  );
}
