// A settlement as a file of the person's own: what is shown, with all digits.
import { client, got } from "../api/client.ts";
import { tellProblem } from "../app/toasts.tsx";
import { saveCsv } from "../ui/saveFile.ts";
import { type Wanted, wantedQuery } from "./useSettlements.ts";

export async function exported(run: string, wanted: Wanted): Promise<void> {
  try {
    const text = await got(
      client.GET("/settlements/{run}/export", {
        params: { path: { run }, query: wantedQuery(wanted) },
        parseAs: "text",
      }),
    );
    saveCsv(`settlement-${run}`, text);
  } catch (error) {
    tellProblem(error);
  }
}
