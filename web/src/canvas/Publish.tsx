/* The draft becomes a version, and, if that is wanted, works in an environment from now on. */
import { History, Rocket } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useCan } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { useEdited } from "./context.tsx";
import { useAround } from "./later.ts";
import { patient } from "./patient.ts";
import { problemsOf } from "./store.ts";

const PublishTests = lazy(() => patient(() => import("../rules/PublishTests.tsx")));
const BacktestDialog = lazy(() => patient(() => import("./BacktestDialog.tsx")));

/** revision: that of the draft when everything that is drawn has been saved. */
export function Publish({ revision }: { revision: () => Promise<string> }) {
  const t = useText();
  const may = useCan("rules.publish");
  const looks = useCan("payloads.read");
  const problems = useEdited(problemsOf);
  const saved = useEdited((state) => state.save.kind);
  const flow = useEdited((state) => state.flow);
  const around = useAround();
  const [open, setOpen] = useState<"publish" | "backtest">();
  const [back, setBack] = useState(false) /* to publishing, once the runs were looked at */;
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
        run: () => setOpen("publish"),
      },
      {
        id: "canvas.backtest",
        title: t("backtest.title"),
        group: t("canvas.board"),
        reason: looks ? undefined : t("backtest.not"),
        run: () => setOpen("backtest"),
      },
    ],
    [t, reason, looks],
  );
  useCommands(commands);
  return (
    <>
      <Button
        look="primary"
        icon={<Rocket size={15} />}
        reason={reason}
        onPress={() => setOpen("publish")}
      >
        {t("canvas.publish")}
      </Button>
      {open === "publish" && around && (
        <around.PublishDialog
          flow={flow}
          revision={revision}
          onClose={() => setOpen(undefined)}
          seen={(onFailing) => (
            <>
              <Suspense fallback={null}>
                <PublishTests onFailing={onFailing} onGo={() => setOpen(undefined)} />
              </Suspense>
              {looks && (
                <div>
                  <Button
                    size="s"
                    icon={<History size={14} />}
                    onPress={() => {
                      setBack(true);
                      setOpen("backtest");
                    }}
                  >
                    {t("backtest.from")}
                  </Button>
                </div>
              )}
            </>
          )}
        />
      )}
      {open === "backtest" && (
        <Suspense fallback={null}>
          <BacktestDialog
            onClose={() => {
              setOpen(back ? "publish" : undefined);
              setBack(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
