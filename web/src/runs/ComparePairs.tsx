// What is asked most of two payloads: why this run failed and the last one did not, what a step made of
// what went in, what one try and the next differ in.
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import type { Run } from "./runs.ts";

/** "came", "input", "output", or "try1" for the error of the first try. */
type What = string;

export interface Side {
  run: string;
  what: What;
}

export function ComparePairs(props: {
  run: Run;
  good: string | undefined;
  tries: readonly string[];
  hasStep: boolean;
  now: readonly [Side, Side];
  onPair: (left: Side, right: Side) => void;
}) {
  const t = useText();
  const { run, good, tries, hasStep, now, onPair } = props;
  const [before, last] = tries.slice(-2);
  const own = (what: What): Side => ({ run: run.run, what });
  const what = hasStep ? "input" : "came";
  const pairs: [label: string, left: Side, right: Side][] = [];
  if (good !== undefined) pairs.push([t("compare.withGood"), { run: good, what }, own(what)]);
  if (hasStep) pairs.push([t("compare.inOut"), own("input"), own("output")]);
  if (before !== undefined && last !== undefined) {
    pairs.push([t("compare.tries"), own(before), own(last)]);
  }
  const same = (a: Side, b: Side) => a.run === b.run && a.what === b.what;
  return (
    <div className="row">
      {pairs.map(([label, left, right]) => (
        <Button
          key={label}
          size="s"
          pressed={same(left, now[0]) && same(right, now[1])}
          onPress={() => onPair(left, right)}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
