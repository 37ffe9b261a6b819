// A payload that is too large for the answer of its step: fetched as bytes, read in the worker. Its
// first rows are shown as soon as its beginning is there.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { fetchHead, fetchRest, isWhole } from "../api/payloads.ts";
import { useSession } from "../api/session.ts";
import { DataPane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import type { DataText } from "../ui/usePane.ts";

let lastPane = 0;

// The bytes go to the worker and are of no more use here, nor to another pane.
const ONCE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 };

export function PayloadPane(props: {
  label: string;
  payload: string;
  onWhere?: ((path: (string | number)[]) => void) | undefined;
}) {
  const { label, payload, onWhere } = props;
  const workspace = useSession((session) => session.workspace);
  const [own] = useState(() => ++lastPane);
  const head = useQuery({
    queryKey: [workspace, "payloads", payload, own],
    queryFn: ({ signal }) => fetchHead(payload, signal),
    ...ONCE,
  });
  const whole = head.data !== undefined && isWhole(head.data);
  const size = head.data?.size ?? 0;
  const rest = useQuery({
    queryKey: [workspace, "payloads", payload, own, "rest"],
    queryFn: ({ signal }) => fetchRest(payload, size, signal),
    enabled: head.data !== undefined && !whole,
    ...ONCE,
  });
  const text = useMemo<DataText | undefined>(
    () => head.data && { head: head.data.bytes, whole, rest: rest.data },
    [head.data, whole, rest.data],
  );
  const failed = [head, rest].find((query) => query.error);
  return (
    <>
      {failed && <ErrorBox error={failed.error} onAgain={() => void failed.refetch()} />}
      {!head.error && (
        <div className="framed">
          <DataPane label={label} text={text} onWhere={onWhere} />
        </div>
      )}
    </>
  );
}
