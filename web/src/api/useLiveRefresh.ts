// Lists and details that read themselves anew when the program says that something has happened;
// a storm of events is read once a second, and what is slow is read to its end. What was read before
// the stream began is read anew, too: what happened in between was told to nobody. What nobody listens
// for any longer is read anew when it is shown again, however fresh it looks.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { onLive } from "./events.ts";
import { useSession } from "./session.ts";
import type { Topic } from "./stream.ts";

const EACH_MS = 1_000;

/** What will be read anew, whoever wants it: asked for twice, the first would be given up. */
const waiting = new Set<string>();

/** What is being read is not given up for what happens meanwhile: with an event a second it would never
 * come. It is read once more then: it may have been read before that has happened. Every reading has an
 * end (waiting.ts). */
export function happened(queries: QueryClient, queryKey: readonly unknown[]): void {
  const name = `${queryKey}`;
  if (waiting.has(name)) return;
  waiting.add(name);
  const read = () => {
    if (queries.isFetching({ queryKey })) return void setTimeout(read, EACH_MS);
    waiting.delete(name);
    void queries.invalidateQueries({ queryKey });
  };
  setTimeout(read, EACH_MS);
}

export function useLiveRefresh(topics: readonly Topic[], key: string): void {
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  const wanted = [...topics, "begun"].join(" ");
  useEffect(() => {
    const queryKey = [workspace, key];
    const refresh = () => happened(queries, queryKey);
    const stops = (wanted.split(" ") as Topic[]).map((topic) => onLive(topic, refresh));
    return () => {
      for (const stop of stops) stop();
      void queries.invalidateQueries({ queryKey, refetchType: "none" });
    };
  }, [queries, workspace, key, wanted]);
}
