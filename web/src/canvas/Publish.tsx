/* The draft becomes a version, and, if that is wanted, works in an environment from now on. */
import { Rocket } from "lucide-react";
import { useMemo, useState } from "react";
import { useCan } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { useEdited } from "./context.tsx";
import { useAround } from "./later.ts";
import { problemsOf } from "./store.ts";

/** revision: that of the draft when everything that is drawn has been saved. */
export function Publish({ revision }: { revision: () => Promise<string> }) {
  const t = useText();
  const may = useCan("flows.deploy");
  const problems = useEdited(problemsOf);
  const saved = useEdited((state) => state.save.kind);
  const around = useAround();
  const [open, setOpen] = useState(false);
  const errors = problems.filter((problem) => !problem.warning).length;
  let reason: string | undefined;
  if (!may) {
    reason = t("canvas.publish.not");
  } else if (errors > 0) {
    reason = t("canvas.publish.problems", { count: errors });
  } else if (saved === "offline" || saved === "refused" || saved === "conflict") {
    reason = t("canvas.publish.unsaved");
  }
  const commands = useMemo<Command[]>(
    () => [
      {
        id: "canvas.publish",
        title: t("canvas.publish.title"),
        group: t("canvas.board"),
        keys: ["mod+shift+s"],
        reason,
        run: () => setOpen(true),
      },
    ],
    [t, reason],
  );
  useCommands(commands);
  return (
    <>
      <Button
        look="primary"
        icon={<Rocket size={15} />}
        reason={reason}
        onPress={() => setOpen(true)}
      >
        {t("canvas.publish")}
      </Button>
      {open && around && (
        <around.PublishDialog revision={revision} onClose={() => setOpen(false)} />
      )}
    </>
  );
}
