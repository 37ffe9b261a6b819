/* Parts that are loaded at once after what is drawn first, not before it: what was asked for meanwhile
 * comes with them. Gives a hook; undefined: they are still on their way. */
import { useEffect, useState } from "react";
import { patient } from "./patient.ts";

export function later<T extends object>(load: () => Promise<T>): () => T | undefined {
  let loaded: T | undefined;
  return () => {
    const [parts, setParts] = useState(loaded);
    useEffect(() => {
      let here = true;
      if (loaded === undefined) {
        void patient(load).then((got) => {
          loaded = got;
          if (here) {
            setParts(got);
          }
        });
      }
      return () => {
        here = false;
      };
    }, []);
    return parts;
  };
}

export const useAround = later(() => import("./around.ts"));
