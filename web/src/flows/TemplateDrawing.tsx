// A template as a drawing, which is only looked at. The board comes when the first one is shown.
import { ShownFlow } from "../canvas/ShownFlow.tsx";
import type { StepState } from "../canvas/store.ts";
import { useText } from "../i18n/text.tsx";
import type { Draft } from "../model/flow.ts";
import { useCatalog } from "../releases/versions.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

export default function TemplateDrawing(props: {
  flow: string;
  draft: Draft;
  /** How its steps went with a sample. */
  run: ReadonlyMap<string, StepState> | undefined;
  onChoose: (step: string) => void;
}) {
  const t = useText();
  const { flow, draft, run, onChoose } = props;
  const catalog = useCatalog();
  if (catalog.error && !catalog.data) {
    return <ErrorBox error={catalog.error} onAgain={() => void catalog.refetch()} />;
  }
  if (!catalog.data) return <Skeleton label={t("state.loading")} lines={5} />;
  return (
    <ShownFlow flow={flow} draft={draft} catalog={catalog.data} run={run} onChoose={onChoose} />
  );
}
