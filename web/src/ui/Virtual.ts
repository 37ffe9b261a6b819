// Which rows of a long list are in view. Rows have one height.
//
// Browsers cap the height of an element near 16 million pixels: above MAX_HEIGHT the scroll position
// is mapped to rows in proportion, so that the last row of millions can still be reached.
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

const MAX_HEIGHT = 8_000_000;
const OVERSCAN = 6;

export interface Window {
  first: number;
  last: number; // exclusive
  /** Pixels from the top of the scrolled content to row `first`. */
  offset: number;
  height: number;
}

export function windowOf(
  count: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): Window {
  const whole = count * rowHeight;
  const height = Math.min(whole, MAX_HEIGHT);
  const room = Math.max(1, height - viewHeight);
  const scale = whole > height ? (whole - viewHeight) / room : 1;
  const top = Math.min(scrollTop, room) * scale;
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  const last = Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + OVERSCAN);
  return { first, last, offset: first * rowHeight - top + Math.min(scrollTop, room), height };
}

/** Where to scroll so that row `at` is whole in view; undefined: it is already. */
export function scrollFor(
  at: number,
  count: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): number | undefined {
  const whole = count * rowHeight;
  const height = Math.min(whole, MAX_HEIGHT);
  const scale = whole > height ? (whole - viewHeight) / Math.max(1, height - viewHeight) : 1;
  const top = scrollTop * scale;
  if (at * rowHeight < top) return (at * rowHeight) / scale;
  if ((at + 1) * rowHeight > top + viewHeight) {
    return ((at + 1) * rowHeight - viewHeight) / scale;
  }
  return undefined;
}

export interface Virtual {
  view: Window;
  onScroll: () => void;
  reveal: (at: number) => void;
}

export function useVirtual(
  box: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
  /** Told how far it is scrolled and how high it is, together with the rows that come into view. */
  onMeasured?: (top: number, height: number) => void,
): Virtual {
  const told = useRef(onMeasured);
  told.current = onMeasured;
  const [scroll, setScroll] = useState({ top: 0, height: 600 });
  const wanted = useRef(0);

  const measure = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const next = { top: element.scrollTop, height: element.clientHeight };
    setScroll((now) => (now.top === next.top && now.height === next.height ? now : next));
    told.current?.(next.top, next.height);
  }, [box]);

  useLayoutEffect(measure, [measure]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(wanted.current);
    };
  }, [box, measure]);

  const onScroll = useCallback(() => {
    cancelAnimationFrame(wanted.current);
    // In this very frame: what is drawn beside the rows moves with them.
    wanted.current = requestAnimationFrame(() => flushSync(measure));
  }, [measure]);

  const reveal = useCallback(
    (at: number) => {
      const element = box.current;
      if (!element) return;
      const to = scrollFor(at, count, rowHeight, element.scrollTop, element.clientHeight);
      if (to === undefined) return;
      element.scrollTop = to;
      measure();
    },
    [box, count, rowHeight, measure],
  );

  return { view: windowOf(count, rowHeight, scroll.top, scroll.height), onScroll, reveal };
}

/** What a rem is just now, in pixels. */
export function remNow(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

/** The height of a row in pixels: tokens give it in rem, and density and touch change it. */
export function useRowHeight(): number {
  const [height, setHeight] = useState(36);
  useEffect(() => {
    const read = () => {
      const style = getComputedStyle(document.documentElement);
      setHeight(
        Math.round((Number.parseFloat(style.getPropertyValue("--row")) || 2.25) * remNow()),
      );
    };
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ["data-density"] });
    return () => observer.disconnect();
  }, []);
  return height;
}
