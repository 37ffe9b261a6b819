// A template as it comes with the program: its draft, its words, and the events of its tests.
import { useQuery } from "@tanstack/react-query";
import { client, gotExact } from "../api/client.ts";
import { type Draft, draftOf } from "../model/flow.ts";
import { type JsonObject, objectOf, textOf } from "../model/json.ts";

interface Seen {
  draft: Draft;
  about: string;
  samples: JsonObject;
}

/** undefined: none is asked for. */
export function useTemplate(template: string | undefined) {
  return useQuery({
    queryKey: ["template", template],
    enabled: template !== undefined,
    staleTime: Number.POSITIVE_INFINITY, // it comes with the program
    queryFn: async ({ signal }): Promise<Seen> => {
      const asked = client.GET("/templates/{template}", {
        params: { path: { template: template ?? "" } },
        parseAs: "text",
        signal,
      });
      const answer = objectOf(await gotExact(asked));
      return {
        draft: draftOf(answer.bundle),
        about: textOf(answer.about) ?? "",
        samples: objectOf(answer.samples),
      };
    },
  });
}
