// The flows that belong together: what each of them moves, in the order in which money goes through
// them; all of them are cloned at once, and what they share is set up once.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useCan, useSession } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useTitleOf } from "../connections/useConnectors.ts";
import { useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox } from "../ui/Field.tsx";
import { Page, Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { AnswersForm } from "./AnswersForm.tsx";
import { Bindings } from "./Bindings.tsx";
import { Launch } from "./Launch.tsx";
import { Phases } from "./Phases.tsx";
import { openOf } from "./pairings.ts";
import { openBefore } from "./setup.ts";
import { useDrafts } from "./useDraft.ts";
import "./flows.css";

type Pairing = components["schemas"]["Pairing"];
type PairingFlow = components["schemas"]["PairingFlow"];
type Checklist = components["schemas"]["Checklist"];

/** Where all of them are listed; no pairing has this name. */
const ALL = "all";
const EVERY_MS = 15_000;
const pathOf = (pairing: string) => `/flows/pairings/${pairing}`;

function usePairings() {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["draft"], "flows");
  return useQuery({
    queryKey: [workspace, "flows", "pairings"],
    queryFn: async ({ signal }) => (await got(client.GET("/pairings", { signal }))).items,
  });
}

function usePairingChecklist(pairing: string, enabled: boolean) {
  const workspace = useSession((session) => session.workspace);
  useLiveRefresh(["draft", "deployment", "connection"], "flows");
  return useQuery({
    queryKey: [workspace, "flows", "pairings", pairing, "checklist"],
    enabled,
    // No event tells of a secret that somebody else has set, or that tests of rules had too little time.
    refetchInterval: EVERY_MS,
    queryFn: ({ signal }) =>
      got(client.GET("/pairings/{pairing}/checklist", { params: { path: { pairing } }, signal })),
  });
}

function Systems({ names }: { names: readonly string[] }) {
  const titleOf = useTitleOf();
  return (
    <span className="pick-systems">
      {names.map((name) => (
        <Chip key={name}>{titleOf(name)}</Chip>
      ))}
    </span>
  );
}

const systemsOf = ({ connections }: Pairing) => [
  ...new Set(connections.map(({ connector }) => connector)),
];

function AllPairings({ pairings }: { pairings: readonly Pairing[] }) {
  const t = useText();
  return (
    <div className="pairings">
      {pairings.map((one) => (
        <Panel
          key={one.pairing}
          title={
            <Link href={pathOf(one.pairing)} className="foreign">
              {one.name}
            </Link>
          }
        >
          <p className="foreign">{one.description}</p>
          <Systems names={systemsOf(one)} />
          <p className="muted">
            {t("pairing.count", {
              count: one.flows.filter((flow) => flow.instead_of === undefined).length,
              there: one.flows.filter((flow) => flow.there).length,
            })}
          </p>
        </Panel>
      ))}
    </div>
  );
}

/** How a flow that is there stands, and where it is tried and launched by itself. */
function There(props: { flow: PairingFlow; checklist: Checklist | undefined }) {
  const t = useText();
  const { flow, checklist } = props;
  const state = checklist?.launch.find((one) => one.flow === flow.template)?.state;
  const open = checklist ? openOf(checklist, flow) : 0;
  return (
    <span className="row">
      {state !== undefined && (
        <Badge tone={state === "live" ? "ok" : "wait"}>{t("setup.launchState", { state })}</Badge>
      )}
      {open > 0 && <span className="muted">{t("pairing.open", { count: open })}</span>}
      <Link href={`/flows/${flow.template}/setup`}>
        {t("setup.setup")}
        <span className="visually-hidden foreign"> {flow.name}</span>
      </Link>
    </span>
  );
}

function FlowRow(props: {
  flow: PairingFlow;
  pairing: Pairing;
  checklist: Checklist | undefined;
  isChosen: boolean;
  mayWrite: boolean;
  onChoose: (chosen: boolean) => void;
}) {
  const t = useText();
  const { flow, pairing } = props;
  const nameOf = (template: string | undefined) =>
    pairing.flows.find((one) => one.template === template)?.name ?? "";
  const isShut = pairing.flows.some(
    (one) => one.there && (one.template === flow.instead_of || one.instead_of === flow.template),
  );
  return (
    <li className="pairing-flow">
      <span className="pairing-part">{t(`pairing.part.${flow.part}`)}</span>
      <div className="pairing-about">
        {flow.there ? (
          <strong className="foreign">{flow.name}</strong>
        ) : (
          <Checkbox
            checked={props.isChosen && !isShut}
            disabled={!props.mayWrite || isShut}
            onChange={props.onChoose}
          >
            <strong className="foreign">{flow.name}</strong>
          </Checkbox>
        )}
        <span className="foreign">{flow.moves}</span>
        {flow.instead_of !== undefined && (
          <span className="muted">{t("pairing.insteadOf", { name: nameOf(flow.instead_of) })}</span>
        )}
        {flow.calls.length > 0 && (
          <span className="muted">
            {t("pairing.calls", { names: flow.calls.map((one) => one.name).join(", ") })}
          </span>
        )}
        <Systems names={flow.systems} />
        {flow.there && <There flow={flow} checklist={props.checklist} />}
      </div>
    </li>
  );
}

function Needs({ pairing }: { pairing: Pairing }) {
  const t = useText();
  const titleOf = useTitleOf();
  return (
    <Panel title={t("pairing.needs")}>
      <p className="muted">{t("pairing.needsHelp")}</p>
      <dl className="facts">
        {pairing.connections.map((one) => (
          <div className="facts-row" key={`${one.connector} ${one.name} ${one.description}`}>
            <dt className="foreign">{titleOf(one.connector)}</dt>
            <dd>
              <span className="foreign">{one.description ?? one.name}</span>{" "}
              <span className="muted">{t("pairing.usedBy", { count: one.templates.length })}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** What is left to do for those that are there, over all of them. */
function SetUp({ pairing, checklist }: { pairing: Pairing; checklist: Checklist }) {
  const { launch } = checklist;
  const drafts = useDrafts(launch.map((one) => one.flow));
  const isLive = launch.some((one) => one.state === "live");
  const common = { flow: pairing.pairing, drafts, isLive };
  return (
    <Phases
      flow={pairing.pairing}
      drafts={drafts}
      phases={checklist.phases}
      inside={{
        Discovery: <Bindings {...common} rows={checklist.connections} />,
        "Configure & map": <AnswersForm {...common} rows={checklist.questions} />,
        Launch: (
          <Launch
            {...common}
            name={pairing.name}
            flows={launch}
            before={openBefore(checklist.phases)}
          />
        ),
      }}
    />
  );
}

function OnePairing({ pairing }: { pairing: Pairing }) {
  const t = useText();
  const queries = useQueryClient();
  const mayWrite = useCan("flows.write");
  const [asking, error, ask] = useAsking();
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { flows } = pairing;
  const isThere = flows.some((one) => one.there);
  const checklist = usePairingChecklist(pairing.pairing, isThere);
  const others = ({ template, instead_of }: PairingFlow) =>
    flows.filter((one) => one.template === instead_of || one.instead_of === template);
  const isChosen = (flow: PairingFlow) =>
    !flow.there &&
    !others(flow).some((one) => one.there) &&
    (chosen.get(flow.template) ?? flow.instead_of === undefined);
  const wanted = flows.filter(isChosen).map((one) => one.template);
  const choose = (flow: PairingFlow, is: boolean) => {
    // Of two that do the same only one is cloned.
    const out = is ? others(flow).map((one): [string, boolean] => [one.template, false]) : [];
    setChosen(new Map([...chosen, [flow.template, is], ...out]));
  };
  const clone = async () => {
    const made = await got(
      client.POST("/pairings/{pairing}/instantiate", {
        params: { path: { pairing: pairing.pairing }, header: onceKey() },
        body: { templates: wanted },
      }),
    );
    tell(t("pairing.cloned", { count: made.made.length }));
    await queries.invalidateQueries();
  };
  return (
    <>
      <Panel title={t("pairing.moves")}>
        <ol className="plain-list pairing-flows">
          {flows.map((flow) => (
            <FlowRow
              key={flow.template}
              flow={flow}
              pairing={pairing}
              checklist={checklist.data}
              isChosen={isChosen(flow)}
              mayWrite={mayWrite}
              onChoose={(is) => choose(flow, is)}
            />
          ))}
        </ol>
        {error !== undefined && <ErrorBox small error={error} />}
        {flows.some((one) => !one.there && !others(one).some((other) => other.there)) && (
          <div className="row">
            <Button
              look={isThere ? "plain" : "primary"}
              icon={<Copy size={15} />}
              pending={asking}
              disabled={wanted.length === 0}
              reason={mayWrite ? undefined : t("may.not", { permission: "flows.write" })}
              onPress={() => ask(clone)}
            >
              {isThere
                ? t("pairing.cloneMore", { count: wanted.length })
                : t("pairing.clone", { count: wanted.length })}
            </Button>
          </div>
        )}
      </Panel>
      {!isThere && <Needs pairing={pairing} />}
      {checklist.error && (
        <ErrorBox error={checklist.error} onAgain={() => void checklist.refetch()} />
      )}
      {isThere && checklist.isPending && <Skeleton label={t("state.loading")} lines={10} />}
      {checklist.data && <SetUp pairing={pairing} checklist={checklist.data} />}
    </>
  );
}

export function Pairings({ pairing }: { pairing: string }) {
  const t = useText();
  const { data, error, isPending, refetch } = usePairings();
  const one = data?.find((is) => is.pairing === pairing);
  return (
    <Page
      crumbs={
        <>
          <Link href="/flows">{t("nav.flows")}</Link>
          {pairing !== ALL && (
            <>
              {" / "}
              <Link href={pathOf(ALL)}>{t("pairing.all")}</Link>
            </>
          )}
        </>
      }
      title={one ? <span className="foreign">{one.name}</span> : t("pairing.all")}
      lead={one ? <span className="foreign">{one.description}</span> : t("pairing.lead")}
    >
      {error && <ErrorBox error={error} onAgain={() => void refetch()} />}
      {isPending && <Skeleton label={t("state.loading")} lines={10} />}
      {one ? (
        <OnePairing key={one.pairing} pairing={one} />
      ) : (
        data && <AllPairings pairings={data} />
      )}
    </Page>
  );
}
