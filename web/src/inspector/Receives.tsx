/* Where a webhook of the flow that is edited listens, with the event that is looked at. */
import { useQuery } from "@tanstack/react-query";
import { useEdited } from "../canvas/context.tsx";
import type { Step } from "../model/flow.ts";
import { objectOf } from "../model/json.ts";
import { Hook } from "./Hook.tsx";
import { keptAsked, loadSample } from "./turnSample.ts";
import { useContextOf } from "./useSeen.ts";

/** The event that is looked at; without one the first that is kept under a name. */
function useEvent(step: Step) {
  const flow = useEdited((state) => state.flow);
  const { context } = useContextOf(step.id);
  const seen = objectOf(context.trigger).body;
  const names = useQuery({ ...keptAsked(flow), enabled: seen === undefined });
  const [first] = names.data ?? [];
  const kept = useQuery({
    queryKey: ["sample", flow, first ?? ""],
    queryFn: () => loadSample(flow, first ?? ""),
    enabled: seen === undefined && first !== undefined,
  });
  return seen ?? objectOf(kept.data?.context.trigger).body ?? {};
}

export function Receives({ step }: { step: Step }) {
  const event = useEvent(step);
  return <Hook config={objectOf(step.node.config)} event={event} />;
}
