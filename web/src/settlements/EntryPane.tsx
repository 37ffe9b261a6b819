// One entry: why it is where it is, and its lines side by side.

import { moneyOf } from "../i18n/amounts.ts";
import { useText } from "../i18n/text.tsx";
import { type JsonObject, writeJson } from "../model/json.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import {
  classTones,
  digitsOf,
  type Entry,
  type Line,
  nameOf,
  type Settlement,
} from "./settlements.ts";
import { className, sideNames } from "./words.ts";

const shown = (line: JsonObject | undefined, name: string): string => {
  const value = line?.[name];
  if (value === undefined || value === null) return "";
  return digitsOf(value) || writeJson(value);
};

function Pair(props: { one: Settlement; left: Line | undefined; right: Line | undefined }) {
  const t = useText();
  const { left, right } = props;
  const names = [...new Set([...Object.keys(left?.line ?? {}), ...Object.keys(right?.line ?? {})])];
  const sides = sideNames(t, props.one);
  const head = (name: string, line: Line | undefined) =>
    line ? t("settlement.lineOf", { side: name, at: line.at }) : name;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section className="framed settlement-scroll" tabIndex={0} aria-label={t("settlement.lines")}>
      <table className="diff">
        <thead>
          <tr>
            <td />
            <th scope="col" className="foreign">
              {head(sides.left, left)}
            </th>
            <th scope="col" className="foreign">
              {head(sides.right, right)}
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => {
            const [a, b] = [shown(left?.line, name), shown(right?.line, name)];
            return (
              <tr key={name} className={left && right && a !== b ? "diff-changed" : undefined}>
                <th scope="row" className="foreign">
                  {name}
                </th>
                <td className="foreign num">{a}</td>
                <td className="foreign num">{b}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

export function EntryPane(props: {
  one: Settlement;
  entry: Entry;
  /** Undefined: nobody is asked for adjustments now. */
  onAdjust: (() => void) | undefined;
}) {
  const t = useText();
  const { one, entry } = props;
  const pairs = Math.max(entry.left.length, entry.right.length);
  return (
    <div className="stack">
      <h3 className="foreign">{nameOf(entry, one.passes)}</h3>
      <p>
        <Badge tone={classTones[entry.kind]}>{className(t, entry.kind, one)}</Badge>
      </p>
      {entry.text && <p className="foreign">{entry.text}</p>}
      <dl className="facts">
        {entry.pass && (
          <>
            <dt>{t("settlement.pass")}</dt>
            <dd className="foreign">{entry.pass}</dd>
          </>
        )}
        {entry.difference && (
          <>
            <dt>{t("settlement.difference")}</dt>
            <dd className="num">{moneyOf(entry.difference, entry.currency)}</dd>
          </>
        )}
      </dl>
      {Array.from({ length: pairs }, (_, at) => (
        <Pair
          // biome-ignore lint/suspicious/noArrayIndexKey: lines stand in their order
          key={at}
          one={one}
          left={entry.left[at]}
          right={entry.right[at]}
        />
      ))}
      {entry.kind !== "matched" && (
        <div className="row">
          <Button
            reason={props.onAdjust ? undefined : t("settlement.nobodyAsks")}
            onPress={() => props.onAdjust?.()}
          >
            {t("settlement.adjust")}
          </Button>
        </div>
      )}
    </div>
  );
}
