/* Whether everything has its place: what is missing, what would be lost, what is not used. */
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { isFilled } from "./acts.ts";
import { useMapping } from "./mapping.tsx";
import { sourceParent } from "./paths.ts";
import { leavesOf, type TreeNode } from "./trees.ts";

const SHOWN = 300;

/** Sources of the event and of the steps that no line reads; `input` is one of these once more. */
export function unusedOf(source: readonly TreeNode[], reads: readonly string[]): TreeNode[] {
  const used = new Set(reads);
  const isRead = (key: string): boolean =>
    key !== "" && (used.has(key) || isRead(sourceParent(key)));
  return source
    .filter(({ name }) => ["trigger", "steps", "item"].includes(name))
    .flatMap(leavesOf)
    .filter((leaf) => leaf.kind === "leaf" && !isRead(leaf.key));
}

export function CheckPanel() {
  const t = useText();
  const { check, issues, lines, targets, target, source, store } = useMapping();
  const leaves = useMemo(() => target.flatMap(leavesOf), [target]);
  const filled = leaves.filter((leaf) => isFilled({ targets }, leaf.key)).length;
  const lists = useMemo(() => new Set(lines.flatMap((line) => line.makes ?? [])), [lines]);
  const unused = useMemo(() => {
    const reads = lines.filter((line) => !lists.has(line.target)).flatMap((line) => line.reads);
    return unusedOf(source, reads);
  }, [source, lines, lists]);
  const rows = [...issues].flatMap(([at, list]) => list.map((issue) => ({ at, issue })));
  rows.sort((a, b) => a.issue.severity.localeCompare(b.issue.severity));
  const go = (key: string): void => {
    store.setState({ target: key, tab: "field", only: "all", find: { source: "", target: "" } });
    store.show({ target: key });
  };
  if (check.error !== undefined) {
    return <ErrorBox error={check.error} onAgain={check.again} />;
  }
  if (check.now === undefined) {
    return <Skeleton label={t("state.loading")} lines={6} />;
  }
  return (
    <div className="map-check">
      <p className="map-facts num">{t("mapper.coverage", { filled, all: leaves.length })}</p>
      <progress value={filled} max={Math.max(1, leaves.length)} aria-label={t("mapper.check")} />
      {rows.length === 0 ? (
        <Empty title={t("mapper.check.fine")}>{t("mapper.check.fineText")}</Empty>
      ) : (
        <ul className="map-findings">
          {rows.slice(0, SHOWN).map(({ at, issue }) => (
            <li key={`${at} ${issue.text}`}>
              <button type="button" onClick={() => go(at)} disabled={at === ""}>
                <Badge tone={issue.severity === "error" ? "err" : "warn"} plain>
                  {t(`mapper.severity.${issue.severity}`)}
                </Badge>
                <span className="foreign mono truncate">{at || t("mapper.whole")}</span>
                <span className="map-finding foreign">{issue.text}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <h2>{t("mapper.unused", { count: unused.length })}</h2>
      <ul className="map-findings">
        {unused.slice(0, SHOWN).map((leaf) => (
          <li key={leaf.key}>
            <button
              type="button"
              onClick={() => {
                store.setState({ picked: leaf.key, find: { source: "", target: "" } });
                store.show({ source: leaf.key });
              }}
            >
              <span className="foreign mono truncate">{leaf.key}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
