/* Beside a rule: its tests, real samples, who uses it, and what belongs to its kind. */
import { useEffect, useState } from "react";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { type TabOf, Tabs } from "../ui/Tabs.tsx";
import { type Piece, testsOf } from "./pieces.ts";
import { Tests } from "./Tests.tsx";
import { Try } from "./Try.tsx";
import { Used } from "./Used.tsx";
import { usesOfPiece } from "./used.ts";
import { useTestResults } from "./useRuleCheck.ts";

const NO_HITS = (): void => undefined;

export function Side({
  piece,
  more,
  test,
  onHits,
}: {
  piece: Piece;
  more: TabOf[];
  test: number | undefined;
  onHits?: (rows: readonly number[]) => void;
}) {
  const t = useText();
  const [tab, setTab] = useState("tests");
  const count = useEdited((state) => testsOf(state.draft, piece).length);
  const uses = useEdited((state) => usesOfPiece(state.draft, piece).length);
  const tested = useTestResults(piece);
  const failed = tested.now?.filter((one) => !one.passed).length ?? 0;
  useEffect(() => {
    if (test !== undefined) {
      setTab("tests");
    }
  }, [test]);
  return (
    <aside className="rule-side" aria-label={t("rules.side")} data-region="side">
      <Tabs
        label={t("rules.side")}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          {
            id: "tests",
            label: (
              <>
                {t("rules.tab.tests")}
                <span className={failed > 0 ? "count count-err" : "count"}>
                  {failed > 0 ? t("rules.tab.failed", { failed }) : count}
                </span>
              </>
            ),
            content: <Tests piece={piece} tested={tested} focus={test} />,
          },
          {
            id: "try",
            label: t("rules.tab.try"),
            content: <Try piece={piece} onHits={onHits ?? NO_HITS} />,
          },
          ...more,
          {
            id: "used",
            label: (
              <>
                {t("rules.tab.used")}
                <span className="count">{uses}</span>
              </>
            ),
            content: <Used piece={piece} />,
          },
        ]}
      />
    </aside>
  );
}
