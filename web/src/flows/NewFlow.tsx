// A new flow: from an empty canvas or from a template, with the answers that the template asks for.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { client, exactly, got, onceKey } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useTitleOf } from "../connections/useConnectors.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { NameField } from "../ui/NameField.tsx";
import { Gallery } from "./Gallery.tsx";
import { type Answers, answeredOf, askedOf } from "./parameters.ts";
import { Questions } from "./Questions.tsx";
import { TemplatePreview } from "./TemplatePreview.tsx";
import { BLANK, type Template, type TitleOf } from "./templates.ts";
import "./flows.css";
import { freeOf, NAME, nameFor } from "../app/names.ts";

type Answered = NonNullable<ReturnType<typeof answeredOf>>;

function useTemplates() {
  return usePages(["templates"], (_, signal) => got(client.GET("/templates", { signal })));
}

/** The flow's names that begin as the template's: a second clone is called otherwise. */
function useTaken(template: string | undefined): ReadonlySet<string> {
  const workspace = useSession((session) => session.workspace);
  const { data } = useQuery({
    queryKey: [workspace, "flows", "named", template],
    enabled: template !== undefined,
    queryFn: ({ signal }) => {
      const query = { search: template ?? "", limit: 100 };
      return got(client.GET("/flows", { params: { query }, signal }));
    },
  });
  return useMemo(() => new Set(data?.items.map((one) => one.flow)), [data]);
}

/** What was typed of a flow's names, and what stands for it until something is. */
function useNames(template: Template | undefined) {
  const [name, setName] = useState<string | undefined>();
  const [id, setId] = useState<string | undefined>();
  // Others call a template by its own name, so that comes first.
  const taken = useTaken(template?.template);
  const free = template && freeOf(template.template, taken);
  const number = free?.slice((template?.template.length ?? 0) + 1);
  const ownName = name ?? (number ? `${template?.name} (${number})` : (template?.name ?? ""));
  const own = id ?? free ?? nameFor(ownName);
  return {
    name: ownName,
    setName,
    own,
    setId,
    wrong: own !== "" && !NAME.test(own),
    /** Another template is looked at: an emptied name is no name that somebody chose. */
    look: () => setName(name === "" ? undefined : name),
  };
}

type Names = ReturnType<typeof useNames>;

function NameFields({ names }: { names: Names }) {
  const t = useText();
  return (
    <div className="newflow-fields">
      <NameField label={t("flow.name")} required value={names.name} onChange={names.setName} />
      <TextField
        label={t("flow.id")}
        help={t("flow.idHelp")}
        required
        mono
        maxLength={64}
        error={names.wrong ? t("flow.idWrong") : undefined}
        value={names.own}
        onChange={names.setId}
      />
    </div>
  );
}

async function make(template: Template | undefined, names: Names, answered: Answered) {
  const header = onceKey();
  const flow = { flow: names.own, name: names.name.trim() };
  if (!template) {
    await got(client.POST("/flows", { params: { header }, body: flow }));
    return;
  }
  const parameters = answered as Record<string, never>;
  await got(
    client.POST("/templates/{template}/instantiate", {
      ...exactly,
      params: { path: { template: template.template }, header },
      body: Object.keys(answered).length > 0 ? { ...flow, parameters } : flow,
    }),
  );
}

function Form(props: {
  template: Template | undefined;
  names: Names;
  titleOf: TitleOf;
  nameOf: (template: string) => string;
  answers: Answers;
  onAnswers: (answers: Answers) => void;
  onClose: () => void;
}) {
  const t = useText();
  const [, go] = useLocation();
  const { template, names, answers } = props;
  const foreign = template && "foreign";
  const [asking, error, ask] = useAsking();
  const asked = askedOf(template);
  const answered = answeredOf(asked, answers);
  const ready = names.own !== "" && !names.wrong && answered !== undefined;
  const begin = async (values: Answered) => {
    await make(template, names, values);
    props.onClose();
    go(template ? `/flows/${names.own}/setup` : `/flows/${names.own}`);
  };
  return (
    <form
      className="newflow-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && names.name.trim() !== "") ask(() => begin(answered));
      }}
    >
      <div className="newflow-body">
        <div>
          <h3 className={foreign}>{template?.name ?? t("flow.blank")}</h3>
          <p className={foreign}>{template ? template.description : t("flow.blankHelp")}</p>
        </div>
        <NameFields names={names} />
        {template && (
          <TemplatePreview template={template} titleOf={props.titleOf} nameOf={props.nameOf} />
        )}
        {asked.length > 0 && (
          <section className="stack">
            <h4>{t("gallery.asks")}</h4>
            <Questions asked={asked} answers={answers} onAnswers={props.onAnswers} />
          </section>
        )}
      </div>
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={props.onClose}>{t("act.cancel")}</Button>
        <Button look="primary" type="submit" pending={asking} disabled={!ready}>
          {t("flow.make")}
        </Button>
      </div>
    </form>
  );
}

function Beginning({ onClose }: { onClose: () => void }) {
  const templates = useTemplates();
  const titleOf = useTitleOf();
  const [chosen, setChosen] = useState(BLANK);
  const [answers, setAnswers] = useState<Answers>({});
  const template = templates.items.find((one) => one.template === chosen);
  const names = useNames(template);
  const nameOf = (name: string) =>
    templates.items.find((one) => one.template === name)?.name ?? name;
  return (
    <div className="newflow">
      <Gallery
        templates={templates}
        titleOf={titleOf}
        chosen={chosen}
        onChoose={(next) => {
          if (next === chosen) return;
          names.look();
          setAnswers({});
          setChosen(next);
        }}
      />
      <Form
        template={template}
        names={names}
        titleOf={titleOf}
        nameOf={nameOf}
        answers={answers}
        onAnswers={setAnswers}
        onClose={onClose}
      />
    </div>
  );
}

export function NewFlow({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText();
  return (
    <Dialog
      title={t("flow.new")}
      size="xl"
      open={open}
      onClose={onClose}
      closeLabel={t("act.close")}
    >
      <Beginning onClose={onClose} />
    </Dialog>
  );
}
