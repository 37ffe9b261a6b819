// Where one is signed in, and ending that.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { LogOut } from "lucide-react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { tellProblem } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

type OpenSession = components["schemas"]["OpenSession"];

function One({ session, onEnd }: { session: OpenSession; onEnd: () => void }) {
  const t = useText();
  return (
    <li className="session">
      <div>
        <p className="foreign">
          <strong>{session.address}</strong>{" "}
          {session.own && <Badge tone="ok">{t("account.this")}</Badge>}
        </p>
        <p className="muted truncate foreign" title={session.agent}>
          {session.agent}
        </p>
        <p className="muted">
          {t("account.used")} <Moment relative at={session.used_at} />
        </p>
      </div>
      {!session.own && (
        <Button size="s" icon={<LogOut size={13} />} onPress={onEnd}>
          {t("account.end")}
        </Button>
      )}
    </li>
  );
}

export function Sessions() {
  const t = useText();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["sessions"],
    queryFn: ({ signal }) => got(client.GET("/session/others", { signal })),
  });
  const end = async (session?: string) => {
    try {
      if (session === undefined) await got(client.DELETE("/session/others"));
      else await got(client.DELETE("/session/others/{session}", { params: { path: { session } } }));
      await queries.invalidateQueries({ queryKey: ["sessions"] });
    } catch (error) {
      tellProblem(error);
    }
  };
  const items = query.data?.items ?? [];
  return (
    <Panel
      title={t("account.sessions")}
      tools={
        items.length > 1 && (
          <Button size="s" onPress={() => void end()}>
            {t("account.endAll")}
          </Button>
        )
      }
    >
      {query.isPending && <Skeleton label={t("state.loading")} lines={3} />}
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      <ul className="stack">
        {items.map((one) => (
          <One key={one.id} session={one} onEnd={() => void end(one.id)} />
        ))}
      </ul>
    </Panel>
  );
}
