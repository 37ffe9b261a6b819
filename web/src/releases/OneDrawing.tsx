// A version as a drawing, where there is none to compare it with.
import { ShownFlow } from "../canvas/ShownFlow.tsx";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { useCatalog, useVersion } from "./versions.ts";

export function OneDrawing(props: {
  flow: string;
  version: string;
  /** The step that stands out; "": none. */
  step: string;
}) {
  const t = useText();
  const version = useVersion(props.flow, props.version);
  const catalog = useCatalog();
  const failed = [version, catalog].find((one) => one.error);
  if (failed) return <ErrorBox error={failed.error} onAgain={() => void failed.refetch()} />;
  if (!version.data || !catalog.data) return <Skeleton label={t("state.loading")} lines={8} />;
  return (
    <div className="framed version-drawing">
      <ShownFlow
        flow={props.flow}
        draft={version.data}
        catalog={catalog.data}
        chosen={props.step || undefined}
      />
    </div>
  );
}
