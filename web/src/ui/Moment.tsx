// A moment: short to read, whole with its zone in the tip.
import { useEffect, useState } from "react";
import { ago, fullMoment, moment } from "../i18n/format.ts";

let listeners: (() => void)[] = [];
setInterval(() => {
  for (const listen of listeners) listen();
}, 30_000);

/** Now, anew every half minute. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const listen = () => setNow(new Date());
    listeners.push(listen);
    return () => {
      listeners = listeners.filter((other) => other !== listen);
    };
  }, []);
  return now;
}

export function Moment({ at, relative }: { at: string | null | undefined; relative?: boolean }) {
  const now = useNow();
  if (!at) return <span className="muted">–</span>;
  const date = new Date(at);
  return (
    <time className="num" dateTime={at} title={`${fullMoment(date)}\n${at}`}>
      {relative ? ago(date, now) : moment(date, now)}
    </time>
  );
}
