// In the set-up: what the flow does with the events of its template, with the answers that it has now.
import { FlaskConical } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { SampleRun } from "./SampleRun.tsx";
import { useDraft } from "./useDraft.ts";
import { useTemplate } from "./useTemplate.ts";

const TemplateDrawing = lazy(() => import("./TemplateDrawing.tsx"));

export function TryIt({ flow }: { flow: string }) {
  const t = useText();
  const own = useDraft(flow).data;
  const [isWanted, setWanted] = useState(false);
  const template = useTemplate(isWanted ? own?.template : undefined).data;
  if (own?.template === undefined) return null;
  const waiting = <Skeleton label={t("state.loading")} lines={5} />;
  return (
    <div className="stack setup-inside">
      <div className="row">
        <Button
          icon={<FlaskConical size={14} />}
          pressed={isWanted}
          onPress={() => setWanted(!isWanted)}
        >
          {t("setup.try")}
        </Button>
      </div>
      {isWanted && !template && waiting}
      {isWanted && template && (
        <SampleRun flow={flow} draft={own.draft} revision={own.revision} samples={template.samples}>
          {(run, onChoose) => (
            <div className="framed template-drawing">
              <Suspense fallback={waiting}>
                <TemplateDrawing flow={flow} draft={own.draft} run={run} onChoose={onChoose} />
              </Suspense>
            </div>
          )}
        </SampleRun>
      )}
    </div>
  );
}
