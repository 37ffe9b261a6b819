// One that is over while somebody still looks at it: who has said what, where that is told.
import { useQuery } from "@tanstack/react-query";
import { client, got, gotExact } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, objectOf, textOf } from "../model/json.ts";
import { settledOf } from "../runs/runs.ts";
import type { Exception } from "./exceptions.ts";
import { wayOf } from "./ways.ts";

interface Said {
  by: string;
  port: string;
  reason: string;
}

async function saidOf({ run, step, type }: Exception, signal: AbortSignal): Promise<Said[]> {
  if (run === "") return [];
  if (type === "dead") {
    const settled = settledOf(
      await got(client.GET("/runs/{run}", { params: { path: { run } }, signal })),
    );
    return settled ? [{ ...settled, port: "settle" }] : [];
  }
  const asked = client.GET("/runs/{run}/step", {
    params: { path: { run }, query: { path: step } },
    parseAs: "text",
    signal,
  });
  return arrayOf(objectOf(await gotExact(asked)).decisions).map((one) => {
    const { by, port, reason } = objectOf(one);
    return { by: textOf(by) ?? "", port: textOf(port) ?? "", reason: textOf(reason) ?? "" };
  });
}

export function Over({ one }: { one: Exception }) {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const said = useQuery({
    queryKey: [workspace, "exceptions", "over", one.id],
    queryFn: ({ signal }) => saidOf(one, signal),
  }).data;
  return (
    <div role="status" className="stack">
      <p>
        <strong>{t("exception.over")}</strong>
      </p>
      {said?.map(({ by, port, reason }) => (
        <p key={by}>
          {t("exception.chose", { by, port: wayOf(t, one, port) })}{" "}
          {reason !== "" && <q className="foreign">{reason}</q>}
        </p>
      ))}
    </div>
  );
}
