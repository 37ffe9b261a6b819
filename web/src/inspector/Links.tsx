/* What leads to the step and where it leads: every edge can be made, changed and taken away here. */
import { ArrowRight, Plus, Unlink } from "lucide-react";
import { legalTargets } from "../canvas/connecting.ts";
import { useEdited, useEditor } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import { connect, disconnect } from "../model/commands/connect.ts";
import { type Edge, indexOf, type Step, stepOf } from "../model/flow.ts";
import { portsOf } from "../model/ports.ts";
import { Button } from "../ui/Button.tsx";
import { Select } from "../ui/Field.tsx";

function Link({ edge, end }: { edge: Edge; end: "from" | "to" }) {
  const editor = useEditor();
  const t = useText();
  const readOnly = useEdited((state) => state.readOnly);
  const name = useEdited((state) => stepOf(state.draft, edge[end])?.title ?? edge[end]);
  return (
    <li className="link">
      <button
        type="button"
        className="link-name foreign"
        onClick={() => editor.goTo(edge[end], [])}
      >
        <ArrowRight size={13} aria-hidden="true" /> {name}
        {end === "from" && edge.port !== "out" && <span className="link-port">{edge.port}</span>}
      </button>
      {!readOnly && (
        <>
          <Button
            size="s"
            look="quiet"
            icon={<Plus size={13} />}
            label={t("inspector.link.insert", { name })}
            onPress={() => editor.setState({ picker: { onEdge: edge.key } })}
          />
          <Button
            size="s"
            look="quiet"
            icon={<Unlink size={13} />}
            label={t("inspector.link.remove", { name })}
            onPress={() => editor.run(disconnect(editor.getState().draft, [edge.key]))}
          />
        </>
      )}
    </li>
  );
}

function Exit({ step, port, edges }: { step: Step; port: string; edges: readonly Edge[] }) {
  const editor = useEditor();
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const readOnly = useEdited((state) => state.readOnly);
  const taken = new Set(edges.map((edge) => edge.to));
  const choices = legalTargets(draft, step.id)
    .filter((id) => !taken.has(id))
    .map((id) => ({ value: id, label: stepOf(draft, id)?.title ?? id }));
  return (
    <section className="exit">
      <h3 className="foreign">{t("inspector.exit", { port })}</h3>
      <ul>
        {edges.map((edge) => (
          <Link key={edge.key} edge={edge} end="to" />
        ))}
      </ul>
      {!readOnly && (
        <div className="exit-acts">
          {choices.length > 0 && (
            <Select
              label={t("inspector.connectTo", { port })}
              hideLabel
              value={undefined}
              placeholder={t("inspector.connectTo", { port })}
              choices={choices}
              onChange={(to) => {
                const { catalog } = editor.getState();
                editor.run(connect(editor.getState().draft, catalog, step.id, port, to));
              }}
            />
          )}
          <Button
            size="s"
            icon={<Plus size={13} />}
            onPress={() => editor.setState({ picker: { after: { id: step.id, port } } })}
          >
            {t("inspector.newStep")}
          </Button>
        </div>
      )}
    </section>
  );
}

export function Links({ step }: { step: Step }) {
  const t = useText();
  const draft = useEdited((state) => state.draft);
  const catalog = useEdited((state) => state.catalog);
  const index = indexOf(draft);
  const incoming = index.incoming.get(step.id) ?? [];
  const outgoing = index.outgoing.get(step.id) ?? [];
  const ports = portsOf(step, catalog.byName.get(step.type), outgoing);
  return (
    <div className="links">
      <h2>{t("inspector.before")}</h2>
      {incoming.length === 0 ? (
        <p className="field-help">{t("inspector.before.none")}</p>
      ) : (
        <ul>
          {incoming.map((edge) => (
            <Link key={edge.key} edge={edge} end="from" />
          ))}
        </ul>
      )}
      <h2>{t("inspector.after")}</h2>
      {ports.length === 0 && <p className="field-help">{t("inspector.after.none")}</p>}
      {ports.map((port) => (
        <Exit
          key={port.name}
          step={step}
          port={port.name}
          edges={outgoing.filter((edge) => edge.port === port.name)}
        />
      ))}
    </div>
  );
}
