// What a flow asks, as fields: first what it asks in words of its own, behind a fold its other constants.
import { Fragment, useState } from "react";
import { type Translate, useText } from "../i18n/text.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { ZoneField } from "../ui/ZoneField.tsx";
import { type Answer, type Answers, type Asked, typed } from "./parameters.ts";

function Question(props: {
  asked: Asked;
  answer: Answer;
  readOnly: boolean;
  onChange: (answer: Answer) => void;
}) {
  const t = useText();
  const { asked, answer, readOnly, onChange } = props;
  const common = { label: asked.title, help: asked.help };
  if (typeof answer === "boolean")
    return (
      <div className="field">
        <Checkbox checked={answer} disabled={readOnly} onChange={onChange}>
          {asked.title}
        </Checkbox>
        {asked.help !== undefined && (
          <span className="field-help form-indent foreign">{asked.help}</span>
        )}
      </div>
    );
  if (asked.kind === "choice")
    return (
      <Select
        {...common}
        value={answer}
        disabled={readOnly}
        choices={asked.choices.map((one, at) => ({ value: String(at), label: one.title }))}
        onChange={onChange}
      />
    );
  if (asked.kind === "zone")
    return (
      <ZoneField {...common} required readOnly={readOnly} value={answer} onChange={onChange} />
    );
  return (
    <TextField
      {...common}
      inputMode={asked.kind === "number" ? "decimal" : "text"}
      error={typed(asked, answer) === undefined ? t("form.notNumber") : undefined}
      readOnly={readOnly}
      value={answer}
      onChange={onChange}
    />
  );
}

/** An answer as people read it. */
function said(t: Translate, { kind, choices }: Asked, answer: Answer): string {
  if (typeof answer === "boolean") return t(answer ? "questions.yes" : "questions.no");
  if (answer === "") return t("questions.empty");
  return kind === "choice" ? (choices[Number(answer)]?.title ?? answer) : answer;
}

export function Questions(props: {
  asked: readonly Asked[];
  answers: Answers;
  readOnly?: boolean;
  /** What the fold hides is told beside it: it will be live. */
  tellsAll?: boolean;
  onAnswers: (answers: Answers) => void;
}) {
  const t = useText();
  const { asked, answers } = props;
  const [isOpen, setOpen] = useState(false);
  const named = asked.filter((one) => one.isNamed);
  const others = asked.filter((one) => !one.isNamed);
  const fields = (list: readonly Asked[]) => (
    <div className="newflow-fields foreign">
      {list.map((one) => (
        <Question
          key={one.name}
          asked={one}
          answer={answers[one.name] ?? one.value}
          readOnly={props.readOnly ?? false}
          onChange={(value) => props.onAnswers({ ...answers, [one.name]: value })}
        />
      ))}
    </div>
  );
  if (named.length === 0) return fields(others);
  return (
    <>
      {fields(named)}
      {others.length > 0 && (
        <details className="questions-more" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>{t("questions.more", { count: others.length })}</summary>
          {fields(others)}
        </details>
      )}
      {props.tellsAll && others.length > 0 && !isOpen && (
        <dl className="facts questions-told">
          {others.map((one) => (
            <Fragment key={one.name}>
              <dt className="foreign">{one.title}</dt>
              <dd className="foreign">{said(t, one, answers[one.name] ?? one.value)}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </>
  );
}
