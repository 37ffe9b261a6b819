// A version goes to an environment: what differs from what works there now, what stands against it,
// which connections it uses there; then at once, or for somebody else to approve.
import { CircleCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { ReasonForm, useDone } from "../app/ReasonForm.tsx";
import { useText } from "../i18n/text.tsx";
import type { Fault } from "../model/faults.ts";
import type { Draft } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Backtest } from "./Backtest.tsx";
import { Changes } from "./Difference.tsx";
import type { Environment } from "./environments.ts";
import { useChecks, useDifference, useEnvironments, useFlow } from "./queries.ts";
import { useVersion } from "./versions.ts";

export interface Promoted {
  flow: string;
  /** Its digest. */
  version: string;
  /** "v14", for people. */
  name: string;
  /** Where it is to go; else it is asked for. */
  environment?: string | undefined;
}

function Checks({ checks, error }: { checks: Fault[] | undefined; error: unknown }) {
  const t = useText();
  if (error) return <ErrorBox small error={error} />;
  if (!checks) return <Skeleton label={t("state.loading")} lines={3} />;
  if (checks.length === 0) {
    return (
      <p className="check-well">
        <CircleCheck size={16} aria-hidden="true" />
        {t("deploy.well")}
      </p>
    );
  }
  return (
    <ul className="plain-list">
      {checks.map((check) => (
        <li key={`${check.file} ${check.step} ${check.message}`}>
          <Badge plain tone={check.warning ? "warn" : "err"}>
            {t(check.warning ? "deploy.warning" : "deploy.fault")}
          </Badge>{" "}
          <span className="mono foreign">{check.step ?? check.file}</span>{" "}
          <span className="foreign">{check.message}</span>
        </li>
      ))}
    </ul>
  );
}

/** Which connections its steps use, and what each of them is there. */
function Bindings({ draft }: { draft: Draft }) {
  const t = useText();
  const own = Object.entries(objectOf(objectOf(draft.connections).connections));
  if (own.length === 0) return <p className="muted">{t("deploy.noConnections")}</p>;
  return (
    <ul className="plain-list">
      {own.map(([name, value]) => {
        const connection = objectOf(value);
        const use = textOf(connection.use);
        return (
          <li key={name}>
            <Chip mono>{name}</Chip>{" "}
            <span className="foreign">
              {use === undefined
                ? t("deploy.ownConnection", { connector: textOf(connection.connector) ?? "" })
                : t("deploy.sharedConnection", { name: use })}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Before(props: { flow: string; version: string; live: string | undefined }) {
  const t = useText();
  const { live } = props;
  const difference = useDifference(props.flow, live ?? "", props.version);
  if (live === undefined) return <p className="muted">{t("deploy.firstThere")}</p>;
  if (difference.error) return <ErrorBox small error={difference.error} />;
  if (!difference.data) return <Skeleton label={t("state.loading")} lines={3} />;
  const { changes } = difference.data;
  if (changes.length === 0) return <p className="muted">{t("version.sameText")}</p>;
  return (
    <details>
      <summary>{t("deploy.changes", { count: changes.length })}</summary>
      <Changes changes={changes} />
    </details>
  );
}

/** What a version changes in an environment: against what works there, and against the last runs. */
export function Effect(props: { flow: string; version: string; environment: string }) {
  const t = useText();
  const { flow, version, environment } = props;
  const looks = useCan("payloads.read");
  const changed = useMemo(() => ({ version }), [version]);
  const { data } = useFlow(flow);
  const live = data?.deployments.find((one) => one.environment === environment)?.version;
  return (
    <>
      <section>
        <h3>{t("deploy.difference")}</h3>
        {data ? (
          <Before flow={flow} version={version} live={live} />
        ) : (
          <Skeleton label={t("state.loading")} lines={3} />
        )}
      </section>
      {looks && (
        <details>
          <summary>{t("backtest.title")}</summary>
          <Backtest flow={flow} changed={changed} />
        </details>
      )}
    </>
  );
}

function Form(props: { what: Promoted; environments: Environment[]; onClose: () => void }) {
  const t = useText();
  const { what, environments, onClose } = props;
  const done = useDone(onClose);
  const flow = useFlow(what.flow);
  const [chosen, setWhere] = useState(what.environment);
  const works = (environment: string) =>
    flow.data?.deployments.some(
      (one) => one.environment === environment && one.version === what.version,
    );
  // The first on its way where it does not work yet.
  const next = environments.find((one) => !works(one.environment)) ?? environments[0];
  const where = chosen ?? next?.environment ?? "";
  const place = environments.find((one) => one.environment === where);
  const version = useVersion(what.flow, what.version);
  const checks = useChecks(what.flow, version.data, where);
  const live = flow.data?.deployments.find((one) => one.environment === where);
  let refused: string | undefined;
  if (live?.version === what.version) refused = t("deploy.already");
  else if (checks.data?.some((check) => !check.warning)) refused = t("deploy.faults");
  else if (!checks.data) refused = t("deploy.looking");
  return (
    <ReasonForm
      optional
      label={t("deploy.message")}
      lead={t("deploy.lead", { name: what.name, flow: flow.data?.name ?? what.flow })}
      submit={place?.approval ? t("deploy.ask") : t("deploy.deploy")}
      refused={refused}
      onClose={onClose}
      onSubmit={async (message) => {
        const made = await got(
          client.POST("/flows/{flow}/deployments", {
            params: { path: { flow: what.flow }, header: onceKey() },
            body: {
              version: what.version,
              environment: where,
              ...(message === "" ? {} : { message }),
            },
          }),
        );
        const values = { number: what.name, where };
        await done(
          t(made.state === "asked" ? "canvas.publish.asked" : "canvas.publish.live", values),
        );
      }}
    >
      <Select
        label={t("deploy.where")}
        value={where}
        onChange={setWhere}
        choices={environments.map((one) => ({
          value: one.environment,
          label: one.approval
            ? t("canvas.publish.approval", { name: one.title ?? one.environment })
            : (one.title ?? one.environment),
        }))}
      />
      <section>
        <h3>{t("deploy.checks")}</h3>
        <Checks checks={checks.data} error={checks.error ?? version.error} />
      </section>
      <Effect flow={what.flow} version={what.version} environment={where} />
      <section>
        <h3>{t("nav.connections")}</h3>
        {version.data && <Bindings draft={version.data} />}
      </section>
    </ReasonForm>
  );
}

export function DeployDialog({ what, onClose }: { what: Promoted; onClose: () => void }) {
  const t = useText();
  const environments = useEnvironments();
  return (
    <Dialog
      title={t("deploy.title", { name: what.name })}
      open
      size="l"
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      {environments.error && <ErrorBox error={environments.error} />}
      {environments.isPending && <Skeleton label={t("state.loading")} lines={6} />}
      {environments.data && <Form what={what} environments={environments.data} onClose={onClose} />}
    </Dialog>
  );
}
