// A connection at work, tried, halted and used again by hand.
import { useQuery } from "@tanstack/react-query";
import { client, got, onceKey } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

export type Connection = components["schemas"]["ConnectionState"];

const tones: Record<"well" | "failed" | "not_tested", Tone> = {
  well: "ok",
  failed: "err",
  not_tested: "off",
};

/** Secrets, sign-in, answer: which of them is well, and what helps against the first that is not. */
export function TestDialog({ one, onClose }: { one: Connection; onClose: () => void }) {
  const t = useText();
  const query = useQuery({
    queryKey: ["connections", "test", one.connection],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: () => got(client.POST("/connections/test", { body: { connection: one.connection } })),
  });
  return (
    <Dialog
      title={t("connection.testOf", { name: one.name ?? one.connection })}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button pending={query.isFetching} onPress={() => void query.refetch()}>
            {t("act.again")}
          </Button>
          <Button look="primary" onPress={onClose}>
            {t("act.close")}
          </Button>
        </>
      }
    >
      {query.error && <ErrorBox error={query.error} />}
      {query.isPending && <Skeleton label={t("connection.testing")} lines={3} />}
      {query.data && (
        <div className="stack" role="status">
          <p>
            <Badge tone={query.data.works ? "ok" : "err"}>
              {t(query.data.works ? "connection.works" : "connection.worksNot")}
            </Badge>{" "}
            <span className="muted num">{span(query.data.took_ms)}</span>
          </p>
          <ol className="plain-list">
            {query.data.steps.map((step) => (
              <li key={step.step}>
                <Badge plain tone={tones[step.state]}>
                  {t(`connection.test.${step.step}`)}
                </Badge>{" "}
                <span className="foreign">{step.text}</span>
                {step.remedy && <p className="muted foreign">{step.remedy}</p>}
              </li>
            ))}
          </ol>
        </div>
      )}
    </Dialog>
  );
}

export function HaltDialog({ one, onClose }: { one: Connection; onClose: () => void }) {
  const t = useText();
  const done = useDone(onClose);
  const name = one.name ?? one.connection;
  return (
    <Dialog
      title={t("connection.haltOf", { name })}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <ReasonForm
        danger
        lead={t("connection.haltLead")}
        submit={t("connection.halt")}
        onClose={onClose}
        onSubmit={async (reason) => {
          await got(
            client.POST("/connections/halt", {
              headers: onceKey(),
              body: { connection: one.connection, reason },
            }),
          );
          await done(t("connection.halted", { name }));
        }}
      />
    </Dialog>
  );
}

export function ResumeDialog({ one, onClose }: { one: Connection; onClose: () => void }) {
  const t = useText();
  const done = useDone(onClose);
  const name = one.name ?? one.connection;
  const waiting = (one.waiting ?? 0) + (one.parked ?? 0);
  return (
    <Dialog
      title={t("connection.resumeOf", { name })}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <ReasonForm
        optional
        lead={t("connection.resumeLead", { count: waiting })}
        submit={t("connection.resume")}
        onClose={onClose}
        onSubmit={async (reason) => {
          const body = { connection: one.connection, ...(reason === "" ? {} : { reason }) };
          await got(client.POST("/connections/resume", { headers: onceKey(), body }));
          await done(t("connection.resumed", { name }));
        }}
      >
        {one.text && <p className="foreign">{one.text}</p>}
      </ReasonForm>
    </Dialog>
  );
}
