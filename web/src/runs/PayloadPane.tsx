// A payload that is too large for the answer of its step: fetched as bytes, read in the worker.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchPayload } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { DataPane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";

let lastPane = 0;

export function PayloadPane({ label, payload }: { label: string; payload: string }) {
  const workspace = useSession((session) => session.workspace);
  const [own] = useState(() => ++lastPane);
  const query = useQuery({
    queryKey: [workspace, "payloads", payload, own],
    queryFn: ({ signal }) => fetchPayload(payload, signal),
    staleTime: Number.POSITIVE_INFINITY,
    // The bytes go to the worker and are of no more use here, nor to another pane.
    gcTime: 0,
  });
  if (query.error) return <ErrorBox error={query.error} onAgain={() => void query.refetch()} />;
  return (
    <div className="framed">
      <DataPane label={label} text={query.data} />
    </div>
  );
}
