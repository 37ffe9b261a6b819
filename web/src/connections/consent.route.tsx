// The browser comes back from the other system: its answer goes to the program, and what came of it
// is told.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { asProblem } from "../api/problems.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { type Back, endConsent, takePending } from "./consent.ts";

function Came({ back }: { back: Back }) {
  const t = useText();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => endConsent(back),
    onSettled: () => queries.invalidateQueries(),
  });
  const { mutate } = end;
  useEffect(() => mutate(), [mutate]);
  if (end.error) {
    return (
      <div className="stack">
        <ErrorBox error={asProblem(end.error)} />
        <p>
          <Link href={`/connections?c=${encodeURIComponent(back.connection)}`}>
            {t("consent.beginAgain")}
          </Link>
        </p>
      </div>
    );
  }
  if (!end.isSuccess) return <Skeleton label={t("consent.ending")} lines={3} />;
  return (
    <div className="stack" role="status">
      <p>
        <Badge tone="ok">{t("consent.given")}</Badge>
      </p>
      <p>{t("consent.givenText")}</p>
    </div>
  );
}

export default function Consent() {
  const t = useText();
  const [back] = useState(() => takePending(location.search));
  return (
    <Page
      title={t("consent.title")}
      crumbs={<Link href="/connections">{t("nav.connections")}</Link>}
      lead={back && <span className="mono foreign">{back.connection}</span>}
    >
      <Panel>
        <div className="stack">
          {back ? <Came back={back} /> : <p>{t("consent.notOurs")}</p>}
          <p>
            <Link href="/connections">{t("consent.toConnections")}</Link>
          </p>
        </div>
      </Panel>
    </Page>
  );
}
