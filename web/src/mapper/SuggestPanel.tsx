/* Which source would fit which target, how sure that is, and why. Computed by the program itself,
 * and where the workspace has one and a person wants it, by a language model beside it. */
import { Check, X } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Switch } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { accept } from "./acts.ts";
import { useMapper, useMapping } from "./mapping.tsx";
import type { Model } from "./server.ts";

export function Score({ score }: { score: number }) {
  const tone = score >= 0.9 ? "ok" : score >= 0.7 ? "info" : "neutral";
  return <span className={`map-score num tone-${tone}`}>{Math.round(score * 100)} %</span>;
}

/** What leaves when it is on is said beside the switch. */
function ModelSwitch({ model }: { model: Model }) {
  const t = useText();
  const { store, readOnly } = useMapping();
  const on = useMapper((state) => state.model);
  return (
    <div className="map-model">
      <Switch
        checked={on}
        disabled={readOnly && !on}
        onChange={(now) => store.setState({ model: now })}
      >
        {t("mapper.suggest.model", { name: model.name })}
      </Switch>
      <p className="map-reasons">
        {model.values ? t("mapper.suggest.modelValues") : t("mapper.suggest.modelNames")}
      </p>
      <p className="map-reasons foreign" role="status">
        {model.note}
      </p>
    </div>
  );
}

interface PanelProps {
  readonly busy: boolean;
  readonly error: unknown;
  readonly again: () => void;
  readonly model: Model | undefined;
}

export function SuggestPanel(props: PanelProps) {
  return (
    <>
      {props.model !== undefined && <ModelSwitch model={props.model} />}
      <Ideas {...props} />
    </>
  );
}

function Ideas({ busy, error, again }: Pick<PanelProps, "busy" | "error" | "again">) {
  const t = useText();
  const mapping = useMapping();
  const { suggestions, store, readOnly, aim } = mapping;
  const least = useMapper((state) => state.least);
  const sure = suggestions.filter((one) => one.score >= least);
  if (error !== undefined) {
    return <ErrorBox error={error} onAgain={again} />;
  }
  if (aim.schema === undefined) {
    return <Empty title={t("mapper.suggest.noSchema")}>{t("mapper.suggest.noSchemaText")}</Empty>;
  }
  if (busy && suggestions.length === 0) {
    return <Skeleton label={t("state.loading")} lines={6} />;
  }
  if (suggestions.length === 0) {
    return <Empty title={t("mapper.suggest.none")}>{t("mapper.suggest.noneText")}</Empty>;
  }
  return (
    <div className="map-suggest">
      <div className="map-least">
        <label>
          <span>{t("mapper.least", { percent: Math.round(least * 100) })}</span>
          <input
            type="range"
            min={50}
            max={100}
            step={1}
            value={Math.round(least * 100)}
            onChange={(event) => store.setState({ least: Number(event.target.value) / 100 })}
          />
        </label>
        <Button
          size="s"
          look="primary"
          disabled={sure.length === 0 || readOnly}
          onPress={() => accept(mapping, sure)}
        >
          {t("mapper.acceptAll", { count: sure.length })}
        </Button>
      </div>
      <ul className="map-ideas">
        {suggestions.map((one) => (
          <li key={`${one.to} ${one.from}`} className="map-idea-row">
            <button
              type="button"
              className="map-idea-text"
              onClick={() =>
                store.setState({ target: one.to }) ??
                store.show({ target: one.to, source: one.from })
              }
            >
              <span className="foreign mono truncate">
                {one.from} → {one.to}
              </span>
              <span className="map-reasons foreign">
                {one.how !== "copy" && `${one.how}: `}
                {one.reasons.join("; ")}
              </span>
            </button>
            <Score score={one.score} />
            <Button
              size="s"
              look="quiet"
              icon={<Check size={14} />}
              label={t("mapper.acceptOf", { target: one.to })}
              disabled={readOnly}
              onPress={() => accept(mapping, [one])}
            />
            <Button
              size="s"
              look="quiet"
              icon={<X size={14} />}
              label={t("mapper.rejectOf", { target: one.to })}
              onPress={() => store.reject(one.to, one.from)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
