// Examples stand where values of a run should: what is computed from them says nothing of real data.
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import type { Unread } from "./useSeen.ts";

export function UnreadNote({ error, again }: Unread) {
  const t = useText();
  return (
    <div className="list-note">
      <p>{t("inspector.sample.unread")}</p>
      <ErrorBox error={error} onAgain={again} />
    </div>
  );
}
