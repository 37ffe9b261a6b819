// What people call a flow, where the program names it by its id.
import { useQuery } from "@tanstack/react-query";
import { client, got } from "../api/client.ts";
import { useCan, useSession } from "../api/session.ts";
import type { Choice } from "../ui/Field.tsx";

const NONE: Choice[] = [];

/** The workspace's flows, by id and name. */
export function useFlowChoices(): Choice[] {
  const workspace = useSession((session) => session.workspace);
  const query = useQuery({
    queryKey: [workspace, "flows", "names"],
    enabled: useCan("flows.read"),
    queryFn: async ({ signal }) => {
      const page = await got(client.GET("/flows", { params: { query: { limit: 1000 } }, signal }));
      return page.items.map((flow) => ({ value: flow.flow, label: flow.name }));
    },
  });
  return query.data ?? NONE;
}

/** Its name, and its id where somebody points at it; the id alone while no name is known. */
export function FlowName({ flow }: { flow: string }) {
  const name = useFlowChoices().find((one) => one.value === flow)?.label;
  return (
    <span className="foreign" title={name ? `${name} (${flow})` : flow}>
      {name || flow}
    </span>
  );
}
