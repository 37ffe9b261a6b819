/* The screen /flows/FLOW/edit. */
import { Link, useParams } from "wouter";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Page } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { FlowEditor } from "./FlowEditor.tsx";
import { useDraft } from "./useDraft.ts";
import "@xyflow/react/dist/base.css";
import "./canvas.css";
import "../inspector/inspector.css";

export default function EditorScreen() {
  const t = useText();
  const { flow = "" } = useParams<{ flow: string }>();
  const opening = useDraft(flow);
  if (opening.state === "loading") {
    return <Skeleton label={t("state.loading")} lines={10} />;
  }
  if (opening.state === "failed") {
    return (
      <Page title={flow} crumbs={<Link href="/flows">{t("nav.flows")}</Link>}>
        <ErrorBox error={opening.error} onAgain={opening.again} />
      </Page>
    );
  }
  const { state: _state, ...open } = opening;
  return <FlowEditor key={flow} {...open} />;
}
