// One exception: what happened, what can be done, what the flow shows, and the decision.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { client, got } from "../api/client.ts";
import { asProblem } from "../api/problems.ts";
import { useSession } from "../api/session.ts";
import { tellProblem } from "../app/toasts.tsx";
import { FlowName } from "../flows/FlowName.tsx";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { type JsonObject, objectOf } from "../model/json.ts";
import { Diagnosis } from "../runs/Diagnosis.tsx";
import { ErrorStory } from "../runs/StepPane.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Candidates } from "./Candidates.tsx";
import { Decision } from "./Decision.tsx";
import { type Exception, takenOver, typeTones } from "./exceptions.ts";
import { Over } from "./Over.tsx";
import { useException } from "./useExceptions.ts";

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Facts({ one }: { one: Exception }) {
  const t = useText();
  return (
    <dl className="facts">
      {one.flow && (
        <>
          <dt>{t("flow.flow")}</dt>
          <dd>
            <Link href={`/flows/${one.flow}`}>
              <FlowName flow={one.flow} />
            </Link>
          </dd>
          <dt>{t("run.environment")}</dt>
          <dd className="foreign">{one.environment}</dd>
        </>
      )}
      {one.run && (
        <>
          <dt>{t("run.run")}</dt>
          <dd>
            <Link
              href={`/runs/${one.run}${one.step ? `?step=${encodeURIComponent(one.step)}` : ""}`}
            >
              <span className="mono foreign">{one.key || one.run}</span>
            </Link>
          </dd>
        </>
      )}
      <dt>{t("exception.since")}</dt>
      <dd>
        <Moment at={one.since} />
      </dd>
      {one.due && (
        <>
          <dt>{t("exception.due")}</dt>
          <dd>
            <Moment at={one.due} />{" "}
            {one.overdue && (
              <Badge plain tone="err">
                {t("exception.late")}
              </Badge>
            )}
          </dd>
        </>
      )}
    </dl>
  );
}

function useChange(one: Exception) {
  const queries = useQueryClient();
  /** Whether it was done. Who takes it has seen who has it; what is said takes nothing from others. */
  return async (body: { assignee: string | null } | { comment: string }): Promise<boolean> => {
    const header = "assignee" in body ? { "If-Match": `"${one.revision}"` } : {};
    const params = { path: { exception: one.id }, header };
    let done = true;
    try {
      await got(client.PATCH("/exceptions/{exception}", { params, body }));
    } catch (error) {
      tellProblem(error);
      done = false;
    }
    await queries.invalidateQueries();
    return done;
  };
}

function Talk({ one }: { one: Exception }) {
  const t = useText();
  const name = useSession((session) => session.loginName);
  const change = useChange(one);
  const [text, setText] = useState("");
  const reason = one.can.includes("change")
    ? undefined
    : t("may.not", { permission: "exceptions.decide" });
  const mine = one.assignee === name;
  const turn = {
    title: t(mine ? "exception.giveBack" : "exception.take"),
    run: () => void change({ assignee: mine ? null : name }),
  };
  const now = useRef(turn);
  now.current = turn;
  useCommands(
    useMemo(
      () => [
        {
          id: "exception.take",
          title: turn.title,
          group: t("nav.exceptions"),
          keys: ["a"],
          reason,
          run: () => now.current.run(),
        },
      ],
      [t, turn.title, reason],
    ),
  );
  return (
    <div className="stack">
      <div className="row">
        <span className="foreign">
          {one.assignee ? t("exception.has", { name: one.assignee }) : t("exception.nobody")}
        </span>
        <Button size="s" reason={reason} onPress={turn.run}>
          {turn.title}
        </Button>
      </div>
      {one.comments.length > 0 && (
        <ul className="talk">
          {one.comments.map((said) => (
            <li key={`${said.at} ${said.by}`}>
              <span className="muted foreign">
                {said.by}, <Moment relative at={said.at} />
              </span>
              <p className="foreign">{said.text}</p>
            </li>
          ))}
        </ul>
      )}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "" || reason) return;
          void change({ comment: text.trim() }).then((done) => {
            if (done) setText("");
          });
        }}
      >
        <TextField
          className="talk-field"
          label={t("exception.say")}
          hideLabel
          placeholder={t("exception.say")}
          maxLength={4000}
          value={text}
          onChange={setText}
        />
        <Button type="submit" reason={reason} disabled={text.trim() === ""}>
          {t("exception.sayNow")}
        </Button>
      </form>
    </div>
  );
}

function Whole(props: {
  one: Exception;
  /** It waits for nobody any more. */
  isOver: boolean;
  onDone: () => void;
}) {
  const { one, isOver, onDone } = props;
  const t = useText();
  const [data, setData] = useState<JsonObject>({});
  const { form } = one;
  return (
    <div className="details">
      <div className="stack desk-head">
        <Badge tone={typeTones[one.type]}>{t(`exception.type.${one.type}`)}</Badge>
        {one.title && <p className="desk-title foreign">{one.title}</p>}
        <p>{one.happened}</p>
        <p className="muted">{one.remedy}</p>
      </div>
      {one.diagnosis && (
        <div className="stack">
          <Diagnosis found={one.diagnosis} />
        </div>
      )}
      <Facts one={one} />
      {one.error && one.type === "in_doubt" && (
        <Section title={t("run.error")}>
          <ErrorStory error={one.error} helps={one.diagnosis === undefined} />
        </Section>
      )}
      {one.candidates.length > 0 && (
        <Section title={t("exception.candidates")}>
          <Candidates
            candidates={one.candidates}
            onTake={form ? (candidate) => setData(takenOver(form, data, candidate)) : undefined}
          />
        </Section>
      )}
      <Section title={t("exception.decision")}>
        {isOver && <Over one={one} />}
        <Decision
          one={one}
          isOver={isOver}
          data={data}
          onData={(next) => setData(objectOf(next))}
          onDone={onDone}
        />
      </Section>
      {one.data !== undefined && (
        <Section title={t("exception.data")}>
          <div className="framed">
            <ValuePane label={t("exception.data")} value={one.data} maxRows={12} />
          </div>
        </Section>
      )}
      <Section title={t("exception.talk")}>
        <Talk one={one} />
      </Section>
    </div>
  );
}

export function OneException({ id, onDone }: { id: string; onDone: () => void }) {
  const t = useText();
  const query = useException(id);
  // What was read stays when it cannot be read anew: somebody may be typing a reason.
  if (!query.data) {
    if (!query.error) return <Skeleton label={t("state.loading")} lines={8} />;
    return <ErrorBox error={query.error} onAgain={() => void query.refetch()} />;
  }
  const isOver = query.error !== null && asProblem(query.error).status === 404;
  return <Whole one={query.data} isOver={isOver} onDone={onDone} />;
}
