// What a template is before it is made a flow: its drawing, the connections that it needs, the
// flows that it calls.
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Prose } from "../ui/Prose.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { useDebounced } from "../ui/useDebounced.ts";
import { useMedia } from "../ui/useMedia.ts";
import { leftOf } from "./parameters.ts";
import { SampleRun } from "./SampleRun.tsx";
import { callsOf, type Template, type TitleOf } from "./templates.ts";
import { useTemplate } from "./useTemplate.ts";

const TemplateDrawing = lazy(() => import("./TemplateDrawing.tsx"));

/** Who walks the list with the arrows waits for the drawing of the one where they stop. */
const STILL_MS = 150;

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="facts-row">
      <dt>{label}</dt>
      <dd className="row">{children}</dd>
    </div>
  );
}

function Facts(props: {
  template: Template;
  calls: readonly string[];
  titleOf: TitleOf;
  nameOf: (template: string) => string;
}) {
  const t = useText();
  const { template, calls } = props;
  const { connections = [] } = template;
  const left = leftOf(template);
  return (
    <dl className="facts">
      <Fact label={t("gallery.steps")}>
        <span className="num">{template.steps ?? 0}</span>
      </Fact>
      {connections.length > 0 && (
        <Fact label={t("gallery.needs")}>
          {connections.map(({ name, connector }) => (
            <Chip key={name}>{connector === undefined ? name : props.titleOf(connector)}</Chip>
          ))}
        </Fact>
      )}
      {calls.length > 0 && (
        <Fact label={t("gallery.calls")}>
          {calls.map((flow) => (
            <Chip key={flow}>{props.nameOf(flow)}</Chip>
          ))}
        </Fact>
      )}
      {left.length > 0 && (
        <Fact label={t("gallery.left")}>
          {left.map((name) => (
            <Chip key={name}>{name}</Chip>
          ))}
        </Fact>
      )}
    </dl>
  );
}

export function TemplatePreview(props: {
  template: Template;
  titleOf: TitleOf;
  /** What a template is called, by the name under which others call it. */
  nameOf: (template: string) => string;
}) {
  const t = useText();
  const { template } = props;
  const isNarrow = useMedia("(max-width: 720px)");
  const [isWanted, setWanted] = useState(false);
  const still = useDebounced(template.template, STILL_MS);
  const drawn = useTemplate(still);
  const seen = still === template.template ? drawn.data : undefined;
  const draft = seen?.draft;
  const waiting = <Skeleton label={t("state.loading")} lines={5} />;
  const drawing = () => {
    if (drawn.error) {
      return <ErrorBox error={drawn.error} onAgain={() => void drawn.refetch()} />;
    }
    if (!seen) return <div className="framed template-drawing">{waiting}</div>;
    return (
      <SampleRun key={still} flow={still} draft={seen.draft} samples={seen.samples}>
        {(run, onChoose) => (
          <div className="framed template-drawing">
            <Suspense fallback={waiting}>
              <TemplateDrawing flow={still} draft={seen.draft} run={run} onChoose={onChoose} />
            </Suspense>
          </div>
        )}
      </SampleRun>
    );
  };
  return (
    <>
      {isNarrow && (
        <Button pressed={isWanted} onPress={() => setWanted(!isWanted)}>
          {t("gallery.drawing")}
        </Button>
      )}
      {(!isNarrow || isWanted) && drawing()}
      <Facts
        template={template}
        calls={draft ? callsOf(draft) : []}
        titleOf={props.titleOf}
        nameOf={props.nameOf}
      />
      {seen !== undefined && seen.about !== "" && (
        <details className="template-about">
          <summary>{t("gallery.about")}</summary>
          <Prose text={seen.about} />
        </details>
      )}
    </>
  );
}
