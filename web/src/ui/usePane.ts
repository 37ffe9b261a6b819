// A text in the worker as a tree sees it: how many rows, and those around the view.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { DataText } from "../data/json.worker.ts";
import type { DataRow } from "../data/json_view.ts";
import { askPane, newPane } from "../data/panes.ts";

const BLOCK = 100;

export interface Pane {
  count: number | undefined;
  fault: string | undefined;
  /** The text of what is no JSON. */
  raw: string | undefined;
  rowAt: (at: number) => DataRow | undefined;
  onView: (first: number, last: number) => void;
  change: (what: Parameters<typeof askPane>[1]) => Promise<number | undefined>;
  pane: number;
}

/** Rows are fetched in blocks around the view; a change of what is open drops them all. */
export function usePane(text: DataText | undefined): Pane {
  const pane = useMemo(() => newPane(), []);
  const [state, setState] = useState<{ count?: number; fault?: string; raw?: string }>({});
  const [version, setVersion] = useState(0);
  const blocks = useRef(new Map<number, DataRow[] | "asked">());

  useEffect(() => {
    let live = true;
    blocks.current = new Map(); // rows of the text before that are on their way belong to no block
    setState({});
    if (text === undefined) return;
    void askPane(pane, { do: "open", text }).then((answer) => {
      if (!live) return;
      setState({
        ...(answer.count === undefined ? {} : { count: answer.count }),
        ...(answer.fault === undefined ? {} : { fault: answer.fault, raw: answer.text ?? "" }),
      });
    });
    return () => {
      live = false;
    };
  }, [pane, text]);
  useEffect(() => () => void askPane(pane, { do: "close" }), [pane]);

  const onView = useCallback(
    (first: number, last: number) => {
      for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block++) {
        if (blocks.current.has(block)) continue;
        const mine = blocks.current;
        mine.set(block, "asked");
        void askPane(pane, { do: "rows", first: block * BLOCK, last: (block + 1) * BLOCK }).then(
          (answer) => {
            if (blocks.current !== mine) return;
            mine.set(block, answer.rows ?? []);
            setVersion((now) => now + 1);
          },
        );
      }
    },
    [pane],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: version says that the blocks changed
  const rowAt = useCallback(
    (at: number) => {
      const block = blocks.current.get(Math.floor(at / BLOCK));
      return block === "asked" ? undefined : block?.[at % BLOCK];
    },
    [version],
  );
  const change = useCallback(
    async (what: Parameters<typeof askPane>[1]) => {
      const answer = await askPane(pane, what);
      blocks.current = new Map();
      setState({ count: answer.count ?? 0 });
      setVersion((now) => now + 1);
      return answer.row;
    },
    [pane],
  );
  return { pane, count: state.count, fault: state.fault, raw: state.raw, rowAt, onView, change };
}
