/* What fills the chosen target: its lines, their functions, conditions and lists, and what comes out
 * of them for each sample. */
import { GitBranchPlus, Plus, Trash2 } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { ExpressionField } from "../inspector/ExpressionField.tsx";
import { short } from "../inspector/sample.ts";
import { useTypeWord } from "../inspector/useKnown.ts";
import { pointerOf } from "../model/pointer.ts";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { accept, begin, isFilled, remove, suggestionFor } from "./acts.ts";
import { addCase } from "./edits.ts";
import { LineForm } from "./LineForm.tsx";
import { useMapper, useMapping } from "./mapping.tsx";
import { memberField } from "./members.tsx";
import { Score } from "./SuggestPanel.tsx";
import { valueIn } from "./target.ts";
import type { TreeNode } from "./trees.ts";
import { useSeenBy } from "./useSeenBy.ts";

/** Nothing fills it yet: a suggestion, a constant, an expression, or a list to go through. */
function Unmapped({ node }: { node: TreeNode }) {
  const t = useText();
  const mapping = useMapping();
  const seen = useSeenBy(undefined, "scopes");
  const idea = suggestionFor(mapping, node.key);
  const list = node.kind === "list" && node.children.length > 0;
  const member = list ? "each" : "from";
  return (
    <>
      <p className="field-help">{t(list ? "mapper.field.noList" : "mapper.field.none")}</p>
      {idea !== undefined && !mapping.readOnly && (
        <div className="map-idea">
          <Score score={idea.score} />
          <code className="foreign truncate">{idea.from}</code>
          <Button size="s" onPress={() => accept(mapping, [idea])}>
            {t("mapper.acceptThis")}
          </Button>
          <Button size="s" look="quiet" onPress={() => mapping.store.reject(idea.to, idea.from)}>
            {t("mapper.rejectThis")}
          </Button>
        </div>
      )}
      {!isFilled(mapping, node.key) && (
        <ExpressionField
          field={memberField({
            member,
            label: t(`mapper.member.${member}`),
            value: undefined,
            readOnly: mapping.readOnly,
            onChange: (value) =>
              value !== undefined &&
              begin(mapping, node.key, list ? { each: value, fields: [] } : { from: value }),
          })}
          seen={{ ...seen, still: true }}
          typed={false}
        />
      )}
    </>
  );
}

/** What comes out for every sample; what the last edit changed is marked. */
function Outcomes({ node }: { node: TreeNode }) {
  const t = useText();
  const { samples, preview, at, store, issues } = useMapping();
  const outcomes = preview.now?.outcomes ?? [];
  const own = issues.get(node.key) ?? [];
  return (
    <section className="map-outcomes">
      <h3>{t("mapper.values")}</h3>
      {samples.map((sample, i) => {
        const outcome = outcomes[i];
        const value = outcome === undefined ? undefined : valueIn(outcome.output, node.key);
        return (
          <button
            type="button"
            key={sample.id}
            className="map-outcome"
            aria-pressed={i === at}
            onClick={() => store.setState({ at: i })}
          >
            <span className="truncate foreign">{sample.label}</span>
            <code className={preview.busy ? "truncate foreign map-stale" : "truncate foreign"}>
              {value === undefined ? "—" : short(value)}
            </code>
          </button>
        );
      })}
      {preview.error !== undefined && <ErrorBox error={preview.error} small />}
      {own.map((issue) => (
        <p key={issue.text} className={`map-said map-said-${issue.severity}`} role="status">
          <Badge tone={issue.severity === "error" ? "err" : "warn"}>
            {t(`mapper.severity.${issue.severity}`)}
          </Badge>
          <span className="foreign">{issue.text}</span>
        </p>
      ))}
    </section>
  );
}

function Facts({ node }: { node: TreeNode }) {
  const t = useText();
  const typeWord = useTypeWord();
  const facts = [
    typeWord(node.type),
    node.required === true ? t("mapper.only.required") : "",
    node.strange === true ? t("mapper.strange") : "",
  ].filter(Boolean);
  return (
    <>
      <p className="map-facts">
        {facts.join(" · ")}
        {node.limit !== undefined && <span className="foreign"> · {node.limit}</span>}
      </p>
      {node.help !== undefined && <p className="field-help foreign">{node.help}</p>}
    </>
  );
}

export function FieldPanel() {
  const t = useText();
  const mapping = useMapping();
  const target = useMapper((state) => state.target);
  const node = mapping.nodes.get(target ?? "");
  if (node === undefined) {
    return <Empty title={t("mapper.field.choose")}>{t("mapper.field.chooseText")}</Empty>;
  }
  const lines = mapping.targets.get(node.key) ?? [];
  const last = lines.at(-1);
  return (
    <div className="map-field">
      <header className="map-field-head">
        <h2 className="foreign mono">{node.key}</h2>
        {lines.length > 0 && !mapping.readOnly && (
          <Button
            size="s"
            look="quiet"
            icon={<Trash2 size={14} />}
            label={t("mapper.remove")}
            onPress={() => remove(mapping, node.key)}
          />
        )}
      </header>
      <Facts node={node} />
      {lines.length === 0 && <Unmapped key={node.key} node={node} />}
      {lines.map((line, i) => (
        <LineForm
          key={`${node.key} ${pointerOf(line.path)} ${lines.length}`}
          line={line}
          place={lines.length > 1 ? { at: i, of: lines.length } : undefined}
        />
      ))}
      {last !== undefined && last.kind !== "list" && !mapping.readOnly && (
        <Button
          size="s"
          look="quiet"
          icon={lines.length > 1 ? <Plus size={14} /> : <GitBranchPlus size={14} />}
          onPress={() =>
            mapping.change("case", { target: node.key }, addCase(mapping.config, last))
          }
        >
          {t("mapper.case")}
        </Button>
      )}
      <Outcomes node={node} />
    </div>
  );
}
