/* The same mapping as a table: target, how it is made, its value on every sample, what is wrong. It is
 * what a phone and a reader of the screen get, and what changes are compared in. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { short } from "../inspector/sample.ts";
import { type Json, sameJson } from "../model/json.ts";
import { cx } from "../ui/cx.ts";
import { Empty } from "../ui/Empty.tsx";
import { Select } from "../ui/Field.tsx";
import { useVirtual } from "../ui/Virtual.ts";
import { lead } from "./acts.ts";
import { usePreview } from "./asking.ts";
import { useMapper, useMapping } from "./mapping.tsx";
import { type Outcome, type Previewed, published } from "./server.ts";
import { howOf, IssueMark } from "./TargetSide.tsx";
import { valueIn } from "./target.ts";
import type { Shown } from "./trees.ts";

type Base = "none" | "before" | "published";

/** The preview before the last edit. */
function useBefore(now: Previewed | undefined): Previewed | undefined {
  const kept = useRef<{ now?: Previewed; before?: Previewed }>({});
  if (now !== undefined && now.config !== kept.current.now?.config) {
    kept.current = {
      now,
      ...(kept.current.now === undefined ? {} : { before: kept.current.now }),
    };
  }
  return kept.current.before;
}

function useBase(base: Base): readonly Outcome[] | undefined {
  const { flow, step, samples, preview } = useMapping();
  const before = useBefore(preview.now);
  const version = useQuery({
    queryKey: ["published-map", flow, step.id],
    queryFn: async () => (await published(flow, step.id)) ?? null,
    enabled: base === "published",
    retry: false,
  });
  const ask = useMemo(() => {
    const config = version.data ?? undefined;
    return base === "published" && config !== undefined
      ? { flow, config, samples: samples.map((sample) => sample.context) }
      : undefined;
  }, [base, version.data, flow, samples]);
  const then = usePreview(ask);
  return base === "published"
    ? then.now?.outcomes
    : base === "before"
      ? before?.outcomes
      : undefined;
}

function at(outcome: Outcome | undefined, key: string): Json | undefined {
  return outcome === undefined ? undefined : valueIn(outcome.output, key);
}

function sourceText(lines: ReturnType<typeof useMapping>["lines"] | undefined): string {
  const [line] = lines ?? [];
  if (line === undefined) {
    return "";
  }
  const { from, each } = line.field;
  const text = (value: Json | undefined): string =>
    value === undefined ? "" : typeof value === "string" ? value : short(value);
  return lines !== undefined && lines.length > 1
    ? howOf(lines)
    : text(line.kind === "list" ? each : from);
}

export function ListView({ shown, rowHeight }: { shown: Shown; rowHeight: number }) {
  const t = useText();
  const mapping = useMapping();
  const { samples, preview, targets, issues, store, nodes } = mapping;
  const chosen = useMapper((state) => state.target);
  const picked = useMapper((state) => state.picked);
  const [base, setBase] = useState<Base>("none");
  const old = useBase(base);
  const box = useRef<HTMLDivElement>(null);
  const { view, onScroll } = useVirtual(box, shown.rows.length, rowHeight);
  const outcomes = preview.now?.outcomes ?? [];
  const changed = useMemo(
    () =>
      old === undefined
        ? 0
        : [...nodes.values()].filter(
            (node) =>
              node.children.length === 0 &&
              outcomes.some((outcome, i) => !sameJson(at(outcome, node.key), at(old[i], node.key))),
          ).length,
    [old, nodes, outcomes],
  );
  const choose = (key: string): void => {
    if (picked === undefined) {
      store.setState({ target: key, tab: "field", side: true });
    } else {
      lead(mapping, picked, key);
    }
  };
  return (
    <section className="map-list" aria-label={t("mapper.view.list")}>
      <header className="map-list-tools">
        <Select
          inline
          label={t("mapper.base")}
          value={base}
          choices={(["none", "before", "published"] as const).map((value) => ({
            value,
            label: t(`mapper.base.${value}`),
          }))}
          onChange={(value) => setBase(value as Base)}
        />
        <span className="muted num" role="status">
          {old !== undefined && t("mapper.changed", { count: changed })}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keys */}
      <div className="map-table" ref={box} onScroll={onScroll} tabIndex={0}>
        <table style={{ minWidth: 430 + 120 * samples.length }}>
          <colgroup>
            <col className="map-col-target" />
            <col className="map-col-from" />
            {samples.map((sample) => (
              <col key={sample.id} />
            ))}
            <col className="map-col-issue" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">{t("mapper.target")}</th>
              <th scope="col">{t("mapper.member.from")}</th>
              {samples.map((sample) => (
                <th scope="col" key={sample.id} className="truncate foreign">
                  {sample.label}
                </th>
              ))}
              <th scope="col">
                <span className="visually-hidden">{t("mapper.check")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            <tr className="map-space" style={{ height: view.offset }} />
            {shown.rows.slice(view.first, view.last).map(({ node, depth }) => (
              <tr
                key={node.key}
                data-target={node.key}
                className={cx(node.key === chosen && "tree-row-chosen")}
                style={{ height: rowHeight }}
              >
                <th scope="row" style={{ paddingInlineStart: 12 + depth * 12 }}>
                  <button
                    type="button"
                    className="map-row-name foreign truncate"
                    onClick={() => choose(node.key)}
                  >
                    {node.name}
                    {node.kind === "list" && "[]"}
                    {node.required && <span className="field-required"> *</span>}
                  </button>
                </th>
                <td className="truncate foreign mono">{sourceText(targets.get(node.key))}</td>
                {samples.map((sample, i) => {
                  const value = at(outcomes[i], node.key);
                  const other = old !== undefined && !sameJson(value, at(old[i], node.key));
                  return (
                    <td
                      key={sample.id}
                      className={cx("truncate foreign mono", other && "map-changed")}
                      title={other ? `${short(at(old?.[i], node.key) ?? null)} →` : undefined}
                    >
                      {value === undefined || node.children.length > 0 ? "" : short(value)}
                    </td>
                  );
                })}
                <td>
                  <IssueMark issues={issues.get(node.key)} />
                </td>
              </tr>
            ))}
            <tr
              className="map-space"
              style={{ height: (shown.rows.length - view.last) * rowHeight }}
            />
          </tbody>
        </table>
        {shown.rows.length === 0 && <Empty title={t("mapper.nothingFits")} />}
      </div>
    </section>
  );
}
