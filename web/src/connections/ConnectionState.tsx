// Whether a connection is open, waits, rests or is halted, as a word.
import { isTextKey, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import type { Connection } from "./acts.tsx";

const tones: Record<string, Tone> = {
  open: "ok",
  throttled: "warn",
  broken: "warn",
  halted: "err",
};

/** The system does not take the credential: another matter than a system that is down. */
export function isRefused({ state, kind, by_hand }: Connection): boolean {
  return state === "halted" && kind === "auth" && !by_hand;
}

export function ConnectionState({ connection }: { connection: Connection }) {
  const t = useText();
  const key = `connection.state.${isRefused(connection) ? "refused" : connection.state}`;
  return (
    <Badge tone={tones[connection.state] ?? "neutral"}>
      {isTextKey(key) ? t(key) : connection.state}
    </Badge>
  );
}
