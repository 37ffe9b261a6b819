// What a rule can be about, and by which channels it can be told.
import { useQuery } from "@tanstack/react-query";
import { client, got } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import { useFlowChoices } from "../flows/FlowName.tsx";
import type { Choice } from "../ui/Field.tsx";

const MOST = { limit: 200 };

function useChoices(key: string, ask: (signal: AbortSignal) => Promise<Choice[]>, may: boolean) {
  const workspace = useSession((session) => session.workspace);
  const query = useQuery({
    queryKey: [workspace, key, "choices"],
    enabled: may,
    queryFn: ({ signal }) => ask(signal),
  });
  return query.data ?? [];
}

export function useRuleChoices() {
  const flows = useFlowChoices();
  const environments = useChoices(
    "environments",
    async (signal) => {
      const page = await got(client.GET("/environments", { signal }));
      return page.items.map((one) => ({ value: one.environment, label: one.environment }));
    },
    useCan("flows.read"),
  );
  const connections = useChoices(
    "connections",
    async (signal) => {
      const page = await got(client.GET("/connections", { signal }));
      return page.items.map((one) => ({ value: one.connection, label: one.connection }));
    },
    useCan("connections.read"),
  );
  const channels = useChoices(
    "channels",
    async (signal) => {
      const page = await got(client.GET("/channels", { params: { query: MOST }, signal }));
      return page.items.map((one) => ({ value: one.channel, label: one.title ?? one.channel }));
    },
    true,
  );
  return { flows, environments, connections, channels };
}
