// Where a field came from, hop by hop to its sources, with the value at each; or where it went.
import { Link } from "wouter";
import { useCan } from "../api/session.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { askedOf, type Hop, type Lineage, useLineage, valueHops } from "./lineage.ts";
import type { Run } from "./runs.ts";

function Place({ hop, run }: { hop: Hop; run: Run }) {
  const t = useText();
  if (hop.end !== undefined) {
    const word = `lineage.end.${hop.end}`;
    return (
      <>
        <strong>{isTextKey(word) ? t(word) : hop.end}</strong>{" "}
        {hop.name && <span className="mono foreign">{hop.name}</span>}
      </>
    );
  }
  const side = `lineage.side.${hop.side}`;
  const step = hop.step ? `step=${encodeURIComponent(hop.step)}` : "";
  return (
    <>
      <Link href={`/runs/${hop.run}${step && `?${step}`}`}>
        <span className="foreign">{hop.step ? hop.title || hop.step : t("run.input")}</span>
      </Link>{" "}
      {hop.step && isTextKey(side) && <span className="muted">{t(side)}</span>}{" "}
      <span className="mono foreign">{hop.at}</span>
      {hop.run !== run.run && <span className="muted"> {t("lineage.otherRun")}</span>}
    </>
  );
}

/** The version that ran, at the step: the draft may be another by now. */
function versionAt(run: Run, node: string): string {
  const at = new URLSearchParams({ v: run.version, step: node });
  return `/flows/${encodeURIComponent(run.flow)}/versions?${at.toString()}`;
}

/** The line, expression or rule that leads here. */
function Why({ hop, told, run }: { hop: Hop; told: Lineage; run: Run }) {
  const t = useText();
  const may = useCan("flows.read");
  const by = told.by.get(hop.id);
  if (!by) return null;
  const { of, link } = by;
  // A setting is a part of the settings that are asked for: nothing was made of it.
  if (of.side === "settings" && hop.side === "settings" && of.step === hop.step) return null;
  const word = `lineage.by.${link.relation}`;
  const map = told.hops.some((one) => one.node === link.node && one.type === "transform.map");
  return (
    <div className="muted">
      {isTextKey(word) ? t(word) : link.relation}{" "}
      {link.text !== undefined && <code className="foreign lineage-text">{link.text}</code>}{" "}
      {link.names.length > 0 && (
        <span>{t("lineage.names", { names: link.names.slice(0, 12).join(", ") })}</span>
      )}{" "}
      {link.node !== "" && may && of.run === run.run && (
        <Link href={versionAt(run, link.node)}>{t(map ? "lineage.toLine" : "lineage.toStep")}</Link>
      )}
    </div>
  );
}

/** What is written as it is stands with its setting, and is no place of its own. */
function writtenOf(hop: Hop, told: Lineage): string | undefined {
  const link = hop.from.find((one) => told.hops[one.hop]?.end === "constant");
  return hop.side === "settings" ? link?.text : undefined;
}

/** Setting by setting, each followed by what it was made from. */
function bySetting(told: Lineage): Hop[] {
  const seen = new Set<number>();
  const hops: Hop[] = [];
  const go = (id: number) => {
    const hop = told.hops[id];
    if (!hop || seen.has(id)) return;
    seen.add(id);
    if (id > 0) hops.push(hop);
    for (const link of hop.from)
      if (told.hops[link.hop]?.end !== "constant" || writtenOf(hop, told) === undefined)
        go(link.hop);
  };
  go(0);
  return hops;
}

function Hops({ hops, told, run }: { hops: Hop[]; told: Lineage; run: Run }) {
  const t = useText();
  return (
    <ol className="plain-list lineage">
      {hops.map((hop) => {
        const of = told.by.get(hop.id)?.of;
        const changed =
          of?.value !== undefined && hop.value !== undefined && of.value !== hop.value;
        return (
          <li key={hop.id}>
            <Why hop={hop} told={told} run={run} />
            <Place hop={hop} run={run} />
            {(hop.value ?? writtenOf(hop, told)) !== undefined && (
              <div className="mono foreign lineage-value">
                {hop.value ?? writtenOf(hop, told)}{" "}
                {changed && <Badge tone="info">{t("lineage.changed")}</Badge>}
              </div>
            )}
            {hop.absent && <div className="muted">{t("lineage.absent")}</div>}
          </li>
        );
      })}
    </ol>
  );
}

export default function LineagePane(props: {
  run: Run;
  step: string;
  field: string;
  onField: (field: string) => void;
}) {
  const t = useText();
  const { run, step, field, onField } = props;
  const query = useLineage(run.run, step, field);
  const asked = askedOf(field);
  const told = query.data;
  const value = told && valueHops(told);
  // That it came in, the hop before says.
  const all = told && asked.side === "settings" ? bySetting(told) : told?.hops;
  const shown = all?.filter((hop) => hop.end !== "trigger") ?? [];
  const others = shown.filter((hop) => !value?.has(hop.id));
  return (
    <div className="details">
      <div className="section-head">
        <h3>
          {t(asked.forward ? "lineage.to" : "lineage.from")}{" "}
          <span className="mono foreign">{asked.at || t(`step.${asked.side}`)}</span>
        </h3>
        {asked.side !== "settings" && (
          <Button size="s" onPress={() => onField(asked.forward ? field.slice(1) : `>${field}`)}>
            {t(asked.forward ? "lineage.askFrom" : "lineage.askTo")}
          </Button>
        )}
      </div>
      {query.isPending && <Skeleton label={t("state.loading")} lines={5} />}
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {told && !told.values && (
        <p className="muted">{t("may.not", { permission: "payloads.read" })}</p>
      )}
      {told && <Hops hops={shown.filter((hop) => value?.has(hop.id))} told={told} run={run} />}
      {others.length > 0 && told && (
        <section>
          <h3>{t("lineage.others")}</h3>
          <Hops hops={others} told={told} run={run} />
        </section>
      )}
      {told?.more && <p className="muted">{t("lineage.more")}</p>}
    </div>
  );
}
