// Lists and details that read themselves anew when the program says that something has happened;
// a storm of events is read once a second. What was read before the stream began is read anew, too:
// what happened in between was told to nobody. What nobody listens for any longer is read anew when it is
// shown again, however fresh it looks.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { onLive } from "./events.ts";
import { useSession } from "./session.ts";
import type { Topic } from "./stream.ts";

const EACH_MS = 1_000;

export function useLiveRefresh(topics: readonly Topic[], key: string): void {
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  const wanted = [...topics, "begun"].join(" ");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: [workspace, key] });
      }, EACH_MS);
    };
    const stops = (wanted.split(" ") as Topic[]).map((topic) => onLive(topic, refresh));
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      void queries.invalidateQueries({ queryKey: [workspace, key], refetchType: "none" });
    };
  }, [queries, workspace, key, wanted]);
}
