// What the steps of a run are called, by their paths: as the version that ran titles them.
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { indexOf, type Step } from "../model/flow.ts";
import { useVersion } from "../releases/versions.ts";
import type { Run } from "./runs.ts";

/** "lines[3]/post" as "Each line [3] / Post it"; what has no title is called by its id. */
export function titleOf(steps: ReadonlyMap<string, Pick<Step, "title">>, path: string): string {
  const parts = path.split("/").map((part) => {
    const [, id = part, iteration = ""] = /^(.*?)(\[\d+\])?$/.exec(part) ?? [];
    const title = steps.get(id)?.title ?? id;
    return iteration === "" ? title : `${title} ${iteration}`;
  });
  return parts.join(" / ");
}

const asItIs = (path: string): string => path;
const Titles = createContext(asItIs);

/** While the version is on its way, and where it may not be seen, steps are called by their paths. */
export function StepTitles({ run, children }: { run: Run; children: ReactNode }) {
  const { data } = useVersion(run.flow, run.version);
  const titles = useMemo(
    () => (data === undefined ? asItIs : (path: string) => titleOf(indexOf(data).steps, path)),
    [data],
  );
  return <Titles value={titles}>{children}</Titles>;
}

export function useTitles(): (path: string) => string {
  return useContext(Titles);
}
