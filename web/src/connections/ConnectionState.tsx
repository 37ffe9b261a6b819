// How a connection stands, in one word on every screen: open, throttled, not reached, halted, or its
// sign-in refused.
import { isTextKey, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";

export interface Stands {
  state: string;
  kind?: string;
  by_hand?: boolean;
}

const tones: Record<string, Tone> = {
  open: "ok",
  throttled: "warn",
  broken: "warn",
  halted: "err",
};

/** The system does not take the credential: another matter than a system that is down. */
export function isRefused({ state, kind, by_hand }: Stands): boolean {
  return state === "halted" && kind === "auth" && !by_hand;
}

export function ConnectionState(props: { connection: Stands; plain?: boolean }) {
  const { connection, plain = false } = props;
  const t = useText();
  const key = `connection.state.${isRefused(connection) ? "refused" : connection.state}`;
  return (
    <Badge plain={plain} tone={tones[connection.state] ?? "neutral"}>
      {isTextKey(key) ? t(key) : connection.state}
    </Badge>
  );
}
