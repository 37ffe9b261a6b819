/* What a card shows: icon, name, system, how it went, what is wrong. */
import {
  AlertTriangle,
  CheckCircle2,
  CircleAlert,
  CircleDashed,
  CircleHelp,
  Clock3,
  Loader,
  UserCheck,
  XCircle,
} from "lucide-react";
import { memo } from "react";
import { count, span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { kindOf, shortTitle, systemTitle } from "../model/catalog.ts";
import { cx } from "../ui/cx.ts";
import { TypeIcon } from "./icons.tsx";
import type { StepState } from "./store.ts";
import type { CardData } from "./view.ts";

const STATES: Record<StepState["state"], typeof Clock3> = {
  waiting: Clock3,
  running: Loader,
  ok: CheckCircle2,
  failed: XCircle,
  skipped: CircleDashed,
  in_doubt: CircleHelp,
  review: UserCheck,
};

export function subtitleOf(data: CardData): string {
  const { type, step } = data;
  if (type === undefined) {
    return step.type;
  }
  const what = shortTitle(type);
  const system = systemTitle(type);
  if (system !== undefined) {
    return what === step.title ? system : `${system} · ${what}`;
  }
  return what === step.title ? step.type : what;
}

function State({ state }: { state: StepState }) {
  const t = useText();
  const Icon = STATES[state.state];
  return (
    <span
      className={cx("card-state", `state-${state.state}`)}
      title={t(`canvas.state.${state.state}`)}
    >
      <Icon size={13} aria-hidden="true" />
      {state.count !== undefined && state.count > 1 && (
        <span className="num">{count(state.count)}×</span>
      )}
      {state.tries !== undefined && state.tries > 1 && (
        <span>{t("step.tries", { count: state.tries })}</span>
      )}
      {state.ms !== undefined && <span className="num">{span(state.ms)}</span>}
    </span>
  );
}

function Problems({ count: found }: { count: number }) {
  if (found === 0) {
    return null;
  }
  const Icon = found > 0 ? CircleAlert : AlertTriangle;
  return (
    <span className={cx("card-problems", found < 0 && "card-warnings")} aria-hidden="true">
      <Icon size={12} />
      {Math.abs(found)}
    </span>
  );
}

/** The card's content, the same within a loop's head. */
export const Face = memo(function Face({ data }: { data: CardData }) {
  const { step } = data;
  return (
    <>
      <span className={cx("card-icon", `kind-${kindOf(step.type)}`)}>
        <TypeIcon type={step.type} />
      </span>
      <span className="card-text">
        <span className="card-title foreign">{step.title}</span>
        <span className="card-sub foreign">{subtitleOf(data)}</span>
      </span>
      {data.state !== undefined && <State state={data.state} />}
      <Problems count={data.problems} />
    </>
  );
});
