/* A pinned output: what a step gives in tests instead of being run. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Pin as PinIcon, PinOff } from "lucide-react";
import { useState } from "react";
import { client, got, gotExact } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useEdited } from "../canvas/context.tsx";
import type { Exact } from "../canvas/server.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type Json, objectOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";

const FRESH_MS = 60_000;

/** The pinned outputs of the flow by their steps. */
function usePins(flow: string): ReadonlyMap<string, Json> {
  const query = useQuery({
    queryKey: ["pins", flow],
    queryFn: async () => {
      const asked = client.GET("/flows/{flow}/pins", {
        parseAs: "text",
        params: { path: { flow } },
      });
      return arrayOf(objectOf(await gotExact(asked as Promise<Exact>)).items);
    },
    retry: false,
    staleTime: FRESH_MS,
  });
  const items = (query.data ?? []).map(objectOf);
  return new Map(items.map((item) => [String(item.step), item.output ?? null]));
}

export function usePinned(step: string): Json | undefined {
  const flow = useEdited((state) => state.flow);
  return usePins(flow).get(step);
}

export function PinButton({ step, value }: { step: string; value: Json | undefined }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const may = useSession((session) => session.permissions.has("rules.write"));
  const pinned = usePins(flow).has(step);
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const turn = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    const params = { path: { flow, step } };
    try {
      if (pinned) {
        await got(client.DELETE("/flows/{flow}/pins/{step}", { params }));
      } else {
        await got(
          client.PUT("/flows/{flow}/pins/{step}", {
            bodySerializer: (body: unknown) => writeJson(body as Json),
            params,
            body: { output: value as never },
          }),
        );
      }
      await queries.invalidateQueries({ queryKey: ["pins", flow] });
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  if (value === undefined && !pinned) {
    return null;
  }
  return (
    <>
      <Button
        size="s"
        look="quiet"
        icon={pinned ? <PinOff size={14} /> : <PinIcon size={14} />}
        label={t(pinned ? "inspector.unpin" : "inspector.pin")}
        pressed={pinned}
        pending={busy}
        reason={may ? undefined : t("inspector.pin.forbidden")}
        onPress={() => void turn()}
      />
      {error !== undefined && <ErrorBox error={error} small />}
    </>
  );
}
