// A flow that is small and has one of each kind, and what the program keeps of a draft.
import type { Page } from "playwright-core";
import { answerTo } from "./inside.ts";

export interface Draft {
  revision: number;
  bundle: {
    flow: {
      name: string;
      nodes: { id: string; type: string; title?: string; disabled?: boolean }[];
      edges: { from: string; to: string; port?: string }[];
    };
    layout?: object;
  };
}

export const draftOf = (page: Page, flow: string): Promise<Draft> =>
  answerTo<Draft>(page, { method: "GET", path: `/flows/${flow}/draft` });

/** A webhook, a filter, a mapping, and a loop with one step in it. */
export const small = {
  weft: 1,
  name: "Small",
  nodes: [
    {
      id: "hook",
      type: "trigger.webhook",
      title: "Hook",
      config: { path: "small", verify: { type: "none" } },
    },
    { id: "pick", type: "branch.filter", title: "Pick", config: { when: "=trigger.body.ok" } },
    {
      id: "note",
      type: "transform.map",
      title: "Note",
      config: { fields: [{ to: "a", from: "=trigger.body.a" }] },
    },
    {
      id: "lines",
      type: "branch.foreach",
      title: "Lines",
      config: {
        items: "=trigger.body.lines",
        body: {
          nodes: [
            {
              id: "line",
              type: "transform.map",
              title: "Line",
              config: { fields: [{ to: "n", from: "=index" }] },
            },
          ],
          edges: [],
        },
      },
    },
  ],
  edges: [
    { from: "hook", to: "pick" },
    { from: "pick", to: "note" },
    { from: "note", to: "lines" },
  ],
};
