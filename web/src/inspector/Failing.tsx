/* What happens when the step fails: tries and pauses, what then, and what an effect in doubt means. */
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { NodeType } from "../model/catalog.ts";
import { setMember } from "../model/commands/edit.ts";
import { indexOf, type Step } from "../model/flow.ts";
import { type Json, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { Badge, type Tone } from "../ui/Badge.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import { Backoff } from "./Backoff.tsx";
import { durationMs } from "./backoff.ts";

const DURATION = "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$";

function retrySchema(t: ReturnType<typeof useText>): JsonObject {
  return {
    type: "object",
    properties: {
      attempts: {
        type: "integer",
        minimum: 1,
        maximum: 100,
        default: 3,
        title: t("inspector.retry.attempts"),
      },
      backoff: {
        enum: ["exponential", "fixed"],
        default: "exponential",
        title: t("inspector.retry.backoff"),
      },
      initial: {
        type: "string",
        pattern: DURATION,
        default: "1s",
        title: t("inspector.retry.initial"),
      },
      max: { type: "string", pattern: DURATION, default: "5m", title: t("inspector.retry.max") },
      jitter: {
        type: "number",
        minimum: 0,
        maximum: 1,
        default: 0.2,
        title: t("inspector.retry.jitter"),
      },
    },
  };
}

function retryFaults(retry: JsonObject, t: ReturnType<typeof useText>): Map<string, string> {
  const out = new Map<string, string>();
  for (const name of ["initial", "max"]) {
    const text = textOf(retry[name]);
    if (text !== undefined && durationMs(text) === undefined) {
      out.set(`/${name}`, t("inspector.duration"));
    }
  }
  return out;
}

const TONES: Record<NodeType["effect"], Tone> = {
  none: "neutral",
  idempotent: "ok",
  keyed: "info",
  once: "warn",
};

/** connector.http says in its own settings what it does outside. */
function effectOf(step: Step, type: NodeType): NodeType["effect"] {
  if (type.name !== "connector.http") {
    return type.effect;
  }
  const { effect, method } = objectOf(step.node.config);
  if (effect === "none" || effect === "idempotent" || effect === "keyed" || effect === "once") {
    return effect;
  }
  const verb = textOf(method) ?? "GET";
  return ["GET", "HEAD", "OPTIONS"].includes(verb)
    ? "none"
    : ["PUT", "DELETE"].includes(verb)
      ? "idempotent"
      : "once";
}

export function Failing({ step, type }: { step: Step; type: NodeType | undefined }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const inputs = useEdited((state) => indexOf(state.draft).incoming.get(step.id)?.length ?? 0);
  const set = (path: string[], value: Json | undefined): void => {
    editor.run(setMember(editor.getState().draft, step.id, path, value));
  };
  const { node } = step;
  const retry = objectOf(node.retry);
  const timeout = textOf(node.timeout) ?? "";
  const effect = type === undefined ? "none" : effectOf(step, type);
  return (
    <div className="failing">
      {type !== undefined && (
        <section className="failing-part">
          <h2>
            {t("inspector.effect")}{" "}
            <Badge tone={TONES[effect]}>{t(`inspector.effect.${effect}`)}</Badge>
          </h2>
          <p className="field-help">{t(`inspector.effect.${effect}.help`)}</p>
        </section>
      )}
      <section className="failing-part">
        <h2>{t("inspector.retry")}</h2>
        <Checkbox
          checked={node.retry !== undefined}
          disabled={readOnly}
          onChange={(on) => set(["retry"], on ? { attempts: 3 } : undefined)}
        >
          {t("inspector.retry.on")}
        </Checkbox>
        {node.retry !== undefined && (
          <SchemaForm
            schema={retrySchema(t)}
            value={retry}
            faults={retryFaults(retry, t)}
            readOnly={readOnly}
            onChange={(next) => set(["retry"], next)}
          />
        )}
        <Backoff retry={node.retry === undefined ? { attempts: 1 } : node.retry} />
      </section>
      <section className="failing-part">
        <h2>{t("inspector.then")}</h2>
        <Select
          label={t("inspector.onError")}
          value={textOf(node.on_error) ?? "fail"}
          disabled={readOnly}
          choices={(["fail", "continue", "route"] as const).map((one) => ({
            value: one,
            label: t(`inspector.onError.${one}`),
            help: t(`inspector.onError.${one}.help`),
          }))}
          onChange={(chosen) => set(["on_error"], chosen === "fail" ? undefined : chosen)}
        />
        <TextField
          label={t("inspector.timeout")}
          help={t("inspector.timeout.help")}
          value={timeout}
          readOnly={readOnly}
          error={
            timeout !== "" && durationMs(timeout) === undefined
              ? t("inspector.duration")
              : undefined
          }
          onChange={(text) => set(["timeout"], text === "" ? undefined : text)}
          onBlur={editor.settle}
        />
        {inputs > 1 && (
          <Select
            label={t("inspector.join")}
            value={textOf(node.join) ?? "all"}
            disabled={readOnly}
            choices={(["all", "any"] as const).map((one) => ({
              value: one,
              label: t(`inspector.join.${one}`),
            }))}
            onChange={(chosen) => set(["join"], chosen === "all" ? undefined : chosen)}
          />
        )}
      </section>
    </div>
  );
}
