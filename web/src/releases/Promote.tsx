// Some of the flows go on to the next environment, and with them what they call, where another
// version of that works there: chosen, shown, deployed one behind the other.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { tell } from "../app/toasts.tsx";
import { deploy } from "../canvas/server.ts";
import type { Flow } from "../flows/flows.ts";
import { useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { aheadOf, type Environment } from "./environments.ts";
import { versionName } from "./versions.ts";

type PromotedFlow = components["schemas"]["PromotedFlow"];

function usePromotion(from: string, to: string, flows: readonly string[]) {
  const workspace = useSession((session) => session.workspace);
  const query = { from, flows: flows.join(",") };
  return useQuery({
    queryKey: [workspace, "flows", "promotion", to, query],
    enabled: flows.length > 0,
    queryFn: ({ signal }) =>
      got(
        client.GET("/environments/{environment}/promotion", {
          params: { path: { environment: to }, query },
          signal,
        }),
      ),
  });
}

/** A flow that goes along: which version, in the place of which, and what differs within it. */
function Going({ row, nameOf }: { row: PromotedFlow; nameOf: (flow: string) => string }) {
  const t = useText();
  const { here, there, rules = [], lookups = [], faults = [] } = row;
  const version = (one: typeof here) => (one === undefined ? t("flow.nowhere") : versionName(one));
  return (
    <li className="stack">
      <span className="row">
        <strong className="foreign">{row.name}</strong>
        {row.state === "missing" ? (
          <Badge plain tone="err">
            {t("promote.missing")}
          </Badge>
        ) : (
          <span className="mono">
            {version(there)} → {version(here)}
          </span>
        )}
      </span>
      {!row.asked && (
        <span className="muted">
          {t("promote.needed", { flows: row.needed_by.map(nameOf).join(", ") })}
        </span>
      )}
      {rules.length + lookups.length > 0 && (
        <span className="row">
          {t("promote.files")}
          {[...rules, ...lookups].map((name) => (
            <Chip key={name} mono>
              {name}
            </Chip>
          ))}
        </span>
      )}
      {faults.map((fault) => (
        <span key={`${fault.file} ${fault.message}`}>
          <Badge plain tone={fault.warning ? "warn" : "err"}>
            {t(fault.warning ? "deploy.warning" : "deploy.fault")}
          </Badge>{" "}
          <span className="foreign">{fault.message}</span>
        </span>
      ))}
    </li>
  );
}

export function PromoteDialog(props: {
  environments: readonly Environment[];
  flows: readonly Flow[];
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const { environments, flows, onClose } = props;
  const steps = environments
    .slice(0, -1)
    .map((one, at) => ({ from: one.environment, to: environments[at + 1]?.environment ?? "" }));
  const first = steps.findIndex(({ from, to }) => aheadOf(flows, from, to).length > 0);
  const [step, setStep] = useState(String(Math.max(first, 0)));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<{ name: string; error: unknown }>();
  const { from = "", to = "" } = steps[Number(step)] ?? {};
  const ahead = aheadOf(flows, from, to);
  const names = ahead.filter((one) => chosen.has(one.flow)).map((one) => one.flow);
  const plan = usePromotion(from, to, names);
  const rows = plan.data?.flows ?? [];
  const going = rows.filter((one) => one.state === "goes");
  const nameOf = (flow: string) => flows.find((one) => one.flow === flow)?.name ?? flow;
  const titleOf = (name: string) =>
    environments.find((one) => one.environment === name)?.title ?? name;
  const isRefused = rows.some(
    (one) => one.state === "missing" || one.faults?.some((is) => !is.warning),
  );
  const go = async () => {
    setBusy(true);
    setFault(undefined);
    let isAsked = false;
    for (const one of going)
      try {
        isAsked = (await deploy(one.flow, one.here?.version ?? "", to, message.trim())) || isAsked;
      } catch (error) {
        setFault({ name: one.name, error });
        setBusy(false);
        await queries.invalidateQueries();
        return;
      }
    await queries.invalidateQueries();
    tell(t(isAsked ? "promote.asked" : "promote.done", { count: going.length, to: titleOf(to) }));
    onClose();
  };
  return (
    <Dialog
      open
      size="l"
      title={t("promote.title")}
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            pending={busy}
            disabled={going.length === 0 || !plan.data}
            reason={isRefused ? t("deploy.faults") : undefined}
            onPress={() => void go()}
          >
            {t(plan.data?.approval ? "promote.ask" : "promote.deploy", { count: going.length })}
          </Button>
        </>
      }
    >
      <div className="stack">
        <Select
          label={t("promote.way")}
          value={step}
          onChange={(next) => {
            setStep(next);
            setChosen(new Set());
          }}
          choices={steps.map((one, at) => ({
            value: String(at),
            label: `${titleOf(one.from)} → ${titleOf(one.to)}`,
          }))}
        />
        <fieldset className="promote-flows">
          <legend>{t("promote.which")}</legend>
          {ahead.length === 0 && <p className="muted">{t("promote.none")}</p>}
          {ahead.map((one) => (
            <Checkbox
              key={one.flow}
              checked={chosen.has(one.flow)}
              disabled={busy}
              onChange={(is) => {
                const next = new Set(chosen);
                if (is) next.add(one.flow);
                else next.delete(one.flow);
                setChosen(next);
              }}
            >
              <span className="foreign">{one.name}</span>
            </Checkbox>
          ))}
        </fieldset>
        {plan.error && <ErrorBox small error={plan.error} />}
        {names.length > 0 && plan.isPending && <Skeleton label={t("state.loading")} lines={3} />}
        {names.length > 0 && plan.data && (
          <section>
            <h3>{t("promote.goes", { to: titleOf(to) })}</h3>
            <ol className="promote-going">
              {rows
                .filter((one) => one.state === "goes" || one.state === "missing")
                .map((one) => (
                  <Going key={one.flow} row={one} nameOf={nameOf} />
                ))}
            </ol>
          </section>
        )}
        <TextField
          label={t("deploy.message")}
          value={message}
          onChange={setMessage}
          maxLength={2000}
        />
        {fault && (
          <>
            <p role="status">{t("promote.stopped", { flow: fault.name })}</p>
            <ErrorBox small error={fault.error} />
          </>
        )}
      </div>
    </Dialog>
  );
}
