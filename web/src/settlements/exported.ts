// A settlement as a file of the person's own: what is shown, with all digits.
import { client, got } from "../api/client.ts";
import { tellProblem } from "../app/toasts.tsx";
import { type Wanted, wantedQuery } from "./useSettlements.ts";

export async function exported(run: string, wanted: Wanted): Promise<void> {
  try {
    const text = await got(
      client.GET("/settlements/{run}/export", {
        params: { path: { run }, query: wantedQuery(wanted) },
        parseAs: "text",
      }),
    );
    // The mark says to spreadsheets that it is UTF-8.
    const url = URL.createObjectURL(new Blob([`\uFEFF${text}`], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `settlement-${run}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    tellProblem(error);
  }
}
