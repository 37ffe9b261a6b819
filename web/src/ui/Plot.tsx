// Measurements over time as lines; the same numbers stand in a table, for readers and for copying.
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { writeCsv } from "../data/csv.ts";
import { fullMoment } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "./Button.tsx";
import { saveCsv } from "./saveFile.ts";
import "uplot/dist/uPlot.min.css";

export interface PlotLine {
  label: string;
  /** A colour of tokens.css: "ok", "err", "info". */
  colour: string;
  values: readonly (number | null)[];
}

/** Something that happened at a moment, drawn across. */
export interface PlotMark {
  /** Seconds since 1970. */
  at: number;
  /** Without words of people's own: it goes into tables and files, too. */
  label: string;
}

export interface PlotProps {
  label: string;
  /** Seconds since 1970. */
  times: readonly number[];
  lines: readonly PlotLine[];
  write: (value: number) => string;
  marks?: readonly PlotMark[];
  /** Counts and milliseconds: nothing lies between two whole numbers. */
  whole?: boolean;
}

/** 1, 2, 5, 10, 20... */
const WHOLE = Array.from(
  { length: 30 },
  (_, at) => ([1, 2, 5][at % 3] ?? 1) * 10 ** ((at / 3) | 0),
);

const HEIGHT = 190;
const LONG_S = 2 * 86_400;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** Hours of a day or two, days of a longer time. */
function timeOf(times: readonly number[]): (tick: number) => string {
  const long = (times.at(-1) ?? 0) - (times[0] ?? 0) > LONG_S;
  return (tick) => (long ? day : clock).format(new Date(tick * 1000));
}

/** A name that every file system takes. */
function fileNameOf(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** A value between gaps has no line: it is drawn as a point. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const there = (at: number) => typeof values[at] === "number";
  return Array.from(values.keys()).filter((at) => there(at) && !there(at - 1) && !there(at + 1));
}

/** The marks of each time: those until the next one. */
function marksOf(times: readonly number[], marks: readonly PlotMark[]): string[] {
  return times.map((time, at) =>
    marks
      .filter((mark) => mark.at >= time && mark.at < (times[at + 1] ?? Number.POSITIVE_INFINITY))
      .map((mark) => mark.label)
      .join("; "),
  );
}

/** What is shown as a table for a spreadsheet: moments in UTC, numbers with all their digits. */
export function plotCsv(
  { times, lines, marks = [] }: Pick<PlotProps, "times" | "lines" | "marks">,
  heads: { at: string; marks: string },
): string {
  const marked = marksOf(times, marks);
  const rows = times.map((time, at) => [
    new Date(time * 1000).toISOString(),
    ...lines.map((line) => String(line.values[at] ?? "")),
    ...(marks.length > 0 ? [marked[at] ?? ""] : []),
  ]);
  const head = [heads.at, ...lines.map((line) => line.label)];
  return writeCsv([marks.length > 0 ? [...head, heads.marks] : head, ...rows]);
}

const MARK_PX = 5;

/** A dashed line for each mark, with a small flag on top. */
function drawMarks(plot: uPlot, marks: readonly PlotMark[], colour: string): void {
  const { ctx, bbox } = plot;
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  const dot = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = dot;
  for (const { at } of marks) {
    if (at < (min ?? 0)) continue;
    // The last bucket begins where the axis ends.
    const x = Math.round(plot.valToPos(Math.min(at, max ?? 0), "x", true));
    ctx.setLineDash([4 * dot, 3 * dot]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - MARK_PX * dot, bbox.top);
    ctx.lineTo(x + MARK_PX * dot, bbox.top);
    ctx.lineTo(x, bbox.top + 1.4 * MARK_PX * dot);
    ctx.fill();
  }
  ctx.restore();
}

function optionsOf(props: PlotProps, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: colour("text-3"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
    font: `11px ${style.getPropertyValue("--font").trim()}`,
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    hooks: { draw: [(plot) => drawMarks(plot, props.marks ?? [], colour("accent"))] },
    scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(1, high ?? 1)] } },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map(timeOf(props.times)) },
      {
        ...axis,
        size: 64,
        values: (_, ticks) => ticks.map(props.write),
        ...(props.whole ? { incrs: WHOLE } : {}),
      },
    ],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 2,
        points: { show: true, size: 4, filter: alone },
      })),
    ],
  };
}

function Table({ label, times, lines, write, marks = [] }: PlotProps) {
  const t = useText();
  const marked = marksOf(times, marks);
  return (
    <details className="plot-table">
      <summary>{t("plot.table")}</summary>
      <div className="plot-rows">
        <table className="diff">
          <caption className="visually-hidden">{label}</caption>
          <thead>
            <tr>
              <th scope="col">{t("version.at")}</th>
              {lines.map((line) => (
                <th key={line.label} scope="col">
                  {line.label}
                </th>
              ))}
              {marks.length > 0 && <th scope="col">{t("plot.marks")}</th>}
            </tr>
          </thead>
          <tbody>
            {times.map((time, at) => (
              <tr key={time}>
                <th scope="row" className="num">
                  {fullMoment(new Date(time * 1000))}
                </th>
                {lines.map((line) => {
                  const value = line.values[at];
                  return (
                    <td key={line.label} className="num">
                      {value === null || value === undefined ? "–" : write(value)}
                    </td>
                  );
                })}
                {marks.length > 0 && <td>{marked[at]}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

export default function Plot(props: PlotProps) {
  const t = useText();
  const box = useRef<HTMLDivElement>(null);
  const [theme, setTheme] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const data = [props.times, ...props.lines.map((line) => line.values)] as uPlot.AlignedData;
    const plot = new uPlot(optionsOf(props, element.clientWidth), data, element);
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    observer.observe(element);
    const turned = new MutationObserver(() => setTheme((count) => count + 1));
    turned.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      observer.disconnect();
      turned.disconnect();
      plot.destroy();
    };
  }, [props, theme]);
  return (
    <div className="plot">
      <ul className="plot-legend">
        {props.lines.map((line) => (
          <li key={line.label}>
            <span
              className="plot-mark"
              style={{ background: `var(--${line.colour})` }}
              aria-hidden="true"
            />
            {line.label}
          </li>
        ))}
        {(props.marks ?? []).length > 0 && (
          <li>
            <span className="plot-flag" aria-hidden="true" />
            {t("plot.marks")}
          </li>
        )}
        <li className="plot-act">
          <Button
            size="s"
            look="quiet"
            icon={<Download size={13} />}
            label={t("plot.csvOf", { name: props.label })}
            onPress={() =>
              saveCsv(
                fileNameOf(props.label),
                plotCsv(props, { at: t("version.at"), marks: t("plot.marks") }),
              )
            }
          >
            {t("plot.csv")}
          </Button>
        </li>
      </ul>
      <div ref={box} className="plot-canvas" aria-hidden="true" />
      <Table {...props} />
    </div>
  );
}
