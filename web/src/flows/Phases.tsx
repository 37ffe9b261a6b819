// The four phases of a set-up, of one flow or of a pairing: each point leads to where it is settled.
import { ArrowRight, CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { components } from "../api/schema.d.ts";
import { type TextKey, useText } from "../i18n/text.tsx";
import { textOf } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { cx } from "../ui/cx.ts";
import { Panel } from "../ui/Panel.tsx";
import { Mend } from "./Mend.tsx";
import { isDone, jumpOf, listenerOf, type Point, placeOf } from "./setup.ts";
import type { Drafts } from "./useDraft.ts";

type Phase = components["schemas"]["Checklist"]["phases"][number];

const titles: Record<Phase["phase"], TextKey> = {
  Discovery: "setup.discovery",
  "Configure & map": "setup.configure",
  Validate: "setup.validate",
  Launch: "setup.launch",
};

/** A point; that of a part with the part's name, where its sentence does not say it. */
function Row(props: { flow: string; point: Point; drafts: Drafts; isPublished: boolean }) {
  const t = useText();
  const { point } = props;
  const flow = point.part ?? props.flow;
  const draft = props.drafts.get(flow)?.draft;
  const place = placeOf(point, draft);
  const named = point.item === "flow" || point.item === "part" || point.item === "group";
  const part = named ? undefined : point.part && (textOf(draft?.flow.name) ?? point.part);
  const jump =
    point.item === "deploy" && !props.isPublished ? undefined : jumpOf(flow, point, draft);
  return (
    <li className={cx("setup-point", point.done && "setup-done")}>
      {point.done ? (
        <CircleCheck size={17} aria-hidden="true" />
      ) : (
        <CircleDashed size={17} aria-hidden="true" />
      )}
      <span className="setup-text">
        <span className="visually-hidden">{t(point.done ? "setup.done" : "setup.open")}: </span>
        {point.says ? (
          <bdi>{t(`setup.says.${point.says.key}`, point.says.values)}</bdi>
        ) : (
          <span className="foreign">{point.text}</span>
        )}
        {place !== undefined && <span className="muted foreign"> ({place})</span>}
        {part !== undefined && <span className="muted foreign"> – {part}</span>}
        {point.pointer && place === undefined && (
          <span className="mono muted foreign"> {point.pointer}</span>
        )}
      </span>
      {!point.done && <Mend point={point} listener={listenerOf(point, draft)} />}
      {jump && !point.done && (
        <Link href={jump.to} className="setup-jump">
          {t(jump.label)} <ArrowRight size={14} aria-hidden="true" />
        </Link>
      )}
    </li>
  );
}

export function Phases(props: {
  flow: string;
  phases: readonly Phase[];
  drafts: Drafts;
  /** What is settled in the phase itself. */
  inside: Partial<Record<Phase["phase"], ReactNode>>;
}) {
  const t = useText();
  const { flow, phases } = props;
  const current = phases.find((phase) => !phase.done);
  const isPublished = isDone(phases, "publish"); // before it is, no version is to be chosen
  return (
    <ol className="setup">
      {phases.map((phase, at) => {
        const open = phase.items.filter((item) => !item.done).length;
        return (
          <li key={phase.phase} aria-current={phase === current ? "step" : undefined}>
            <Panel
              title={t("setup.numbered", { number: at + 1, title: t(titles[phase.phase]) })}
              tools={
                <Badge tone={phase.done ? "ok" : "wait"}>
                  {phase.done ? t("setup.done") : t("setup.left", { count: open })}
                </Badge>
              }
            >
              <ul className="plain-list">
                {phase.items.map((item) => (
                  <Row
                    key={`${item.item} ${item.part} ${item.text} ${item.pointer}`}
                    flow={flow}
                    point={item}
                    drafts={props.drafts}
                    isPublished={isPublished}
                  />
                ))}
              </ul>
              {props.inside[phase.phase]}
            </Panel>
          </li>
        );
      })}
    </ol>
  );
}
