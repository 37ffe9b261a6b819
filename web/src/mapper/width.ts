/* The width of an element as it is now. */
import { type RefObject, useLayoutEffect, useState } from "react";

export function useElementWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(160);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) {
      return;
    }
    const read = (): void => setWidth(element.clientWidth);
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
