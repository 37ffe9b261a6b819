// How the iterations of a loop went, at a look: a cell for each stretch of them, as high as its longest
// took; one in which something failed stands out over the others. A press leads to the step that
// calls most for somebody.
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { count, span } from "../i18n/format.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { cellTo, iterationIn } from "./heat.ts";
import { stepTone } from "./runs.ts";
import { useTitles } from "./titles.tsx";

const CELLS = 120;
const LEAST = 12; // fewer are seen in the list itself

type Cell = components["schemas"]["Iterations"]["cells"][number];

/** over: the run has come to its end, and what its loops did is what it is. */
function useIterations(run: string, loop: string, over: boolean) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", run, "iterations", over, loop],
    staleTime: over ? "static" : 0,
    queryFn: ({ signal }) =>
      got(
        client.GET("/runs/{run}/iterations", {
          params: { path: { run }, query: { path: loop, cells: CELLS } },
          signal,
        }),
      ),
  });
}

function useWords(): (cell: Cell) => string {
  const t = useText();
  return (cell) => {
    const stretch = { from: count(cell.from), to: count(cell.to) };
    const status = `step.status.${cell.status}`;
    if (cell.longest === undefined || !isTextKey(status)) return t("step.heatNone", stretch);
    const took = { longest: count(cell.longest), span: span(cell.longest_ms ?? 0) };
    return t("step.heatCell", {
      ...{ ...stretch, ...took, status: t(status), wide: cell.to - cell.from },
      ...{ begun: count(cell.begun), failed: count(cell.failed) },
    });
  };
}

const heightOf = (cell: Cell, most: number): number =>
  cell.longest_ms === undefined ? 0 : 20 + 50 * Math.sqrt(cell.longest_ms / Math.max(1, most));

export function HeatStrip(props: {
  run: string;
  /** The path of the loop. */
  loop: string;
  over: boolean;
  chosen: string;
  onChoose: (path: string) => void;
}) {
  const { run, loop, over, chosen, onChoose } = props;
  const t = useText();
  const id = useId();
  const wordsOf = useWords();
  const titles = useTitles();
  const { data, error, refetch } = useIterations(run, loop, over);
  const [own, setOwn] = useState<number | undefined>();
  const [pointed, setPointed] = useState<number | undefined>();
  if (error && !data) return <ErrorBox error={error} small onAgain={() => void refetch()} />;
  // Its room is there from the beginning: the list under it stays where it is scrolled to.
  if (!data) return <div className="heat" />;
  if (data.begun < LEAST) return null;
  const { cells } = data;
  const iteration = iterationIn(chosen, loop);
  const here = cells.findIndex(({ from, to }) => from <= iteration && iteration <= to);
  const at = Math.min(own ?? Math.max(here, 0), cells.length - 1);
  const most = Math.max(...cells.map((one) => one.longest_ms ?? 0));
  const told = cells[pointed ?? at];
  const press = (cell: Cell | undefined) => {
    if (cell?.step !== undefined) onChoose(cell.step);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = cellTo(cells, at, event.key, event.shiftKey);
    if (to !== undefined) setOwn(to);
    else if (event.key === "Enter" || event.key === " ") press(cells[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="heat">
      <p className="heat-words">
        <span className="foreign">{titles(loop)}</span>
        <span className="muted num">{told && wordsOf(told)}</span>
      </p>
      <div
        role="listbox"
        tabIndex={0}
        className="heat-cells"
        aria-orientation="horizontal"
        aria-label={t("step.heat", { loop: titles(loop), count: data.begun })}
        title={t("step.heatHelp")}
        aria-activedescendant={`${id}-${at}`}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(undefined)}
      >
        {cells.map((cell, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the list's, which has the focus
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <span
            key={cell.from}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === here}
            aria-label={wordsOf(cell)}
            className={cx(
              "heat-cell",
              `heat-${cell.failed > 0 ? "err" : stepTone(cell.status ?? "")}`,
              index === at && "heat-at",
              index === here && "heat-here",
            )}
            onPointerEnter={() => setPointed(index)}
            onClick={() => {
              setOwn(index);
              press(cell);
            }}
          >
            <span style={{ height: `${cell.failed > 0 ? 100 : heightOf(cell, most)}%` }} />
          </span>
        ))}
      </div>
    </div>
  );
}
