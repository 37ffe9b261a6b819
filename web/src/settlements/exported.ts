// A settlement as a file of the person's own: what is shown, with all digits.
import { client, got } from "../api/client.ts";
import { tellProblem } from "../app/toasts.tsx";
import { saveCsv } from "../ui/saveFile.ts";
import { type Wanted, wantedQuery } from "./useSettlements.ts";

export async function exported(run: string, wanted: Wanted): Promise<void> {
  try {
    // As it came: a table of 100,000 lines is no text that the page would hold and write anew.
    const table: Blob = await got(
      client.GET("/settlements/{run}/export", {
        params: { path: { run }, query: wantedQuery(wanted) },
        parseAs: "blob",
      }),
    );
    saveCsv(`settlement-${run}`, table);
  } catch (error) {
    tellProblem(error);
  }
}
