import { client, gotExact } from "../api/client.ts";
import { arrayOf, type Json, objectOf } from "../model/json.ts";

const FRESH_MS = 60_000;

/** The pinned outputs of the flow by their steps. */
export function pinsAsked(flow: string) {
  return {
    queryKey: ["pins", flow],
    queryFn: async (): Promise<ReadonlyMap<string, Json>> => {
      const asked = client.GET("/flows/{flow}/pins", {
        parseAs: "text",
        params: { path: { flow } },
      });
      const { items } = objectOf(await gotExact(asked));
      return new Map(
        arrayOf(items).map((item) => {
          const { step, output } = objectOf(item);
          return [String(step), output ?? null];
        }),
      );
    },
    retry: false,
    staleTime: FRESH_MS,
  };
}
