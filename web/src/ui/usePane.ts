// A text in the worker as a tree sees it: how many rows, and those around the view.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { DataAnswer } from "../data/json.worker.ts";
import type { DataRow } from "../data/json_view.ts";
import { askPane, newPane } from "../data/panes.ts";

const BLOCK = 100;

/** Bytes of a text: its beginning, and, unless that is the whole, what follows when it is there. */
export interface DataParts {
  head: ArrayBuffer;
  whole: boolean;
  rest: ArrayBuffer[] | undefined;
}
export type DataText = string | DataParts;

export interface Pane {
  count: number | undefined;
  /** What is shown is the beginning: the rest is on its way. */
  coming: boolean;
  fault: string | undefined;
  /** The text of what is no JSON. */
  raw: string | undefined;
  rowAt: (at: number) => DataRow | undefined;
  onView: (first: number, last: number) => void;
  change: (what: Parameters<typeof askPane>[1]) => Promise<number | undefined>;
  pane: number;
}

interface Told {
  count?: number | undefined;
  fault?: string | undefined;
  raw?: string | undefined;
}

const toldBy = ({ count, fault, text }: DataAnswer): Told =>
  fault === undefined ? { count } : { fault, raw: text ?? "" };

/** Rows are fetched in blocks around the view; a change of what is open drops them all. */
export function usePane(text: DataText | undefined): Pane {
  const pane = useMemo(() => newPane(), []);
  const [state, setState] = useState<Told & { coming: boolean }>({ coming: false });
  const [version, setVersion] = useState(0);
  const blocks = useRef(new Map<number, DataRow[] | "asked">());
  const parts = typeof text === "string" ? undefined : text;
  const head = typeof text === "string" ? text : text?.head;
  const more = parts?.whole === false;
  const rest = parts?.rest;

  const fetchBlock = useCallback(
    (block: number) => {
      const mine = blocks.current;
      void askPane(pane, { do: "rows", first: block * BLOCK, last: (block + 1) * BLOCK }).then(
        (answer) => {
          if (blocks.current !== mine) return;
          mine.set(block, answer.rows ?? []);
          setVersion((now) => now + 1);
        },
      );
    },
    [pane],
  );
  useEffect(() => {
    let live = true;
    blocks.current = new Map(); // rows of the text before that are on their way belong to no block
    setState({ coming: false });
    if (head === undefined) return;
    void askPane(pane, { do: "open", text: head, more }).then((answer) => {
      if (live) setState({ ...toldBy(answer), coming: more });
    });
    return () => {
      live = false;
    };
  }, [pane, head, more]);
  useEffect(() => {
    let live = true;
    if (rest === undefined) return;
    void askPane(pane, { do: "rest", parts: rest }).then((answer) => {
      if (!live) return;
      setState({ ...toldBy(answer), coming: false });
      for (const block of blocks.current.keys()) fetchBlock(block);
    });
    return () => {
      live = false;
    };
  }, [pane, rest, fetchBlock]);
  useEffect(() => () => void askPane(pane, { do: "close" }), [pane]);

  const onView = useCallback(
    (first: number, last: number) => {
      for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block++) {
        if (blocks.current.has(block)) continue;
        blocks.current.set(block, "asked");
        fetchBlock(block);
      }
    },
    [fetchBlock],
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
      setState((now) => ({ ...now, count: answer.count ?? 0 }));
      setVersion((now) => now + 1);
      return answer.row;
    },
    [pane],
  );
  return {
    pane,
    ...state,
    count: state.count,
    fault: state.fault,
    raw: state.raw,
    rowAt,
    onView,
    change,
  };
}
