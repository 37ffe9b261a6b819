import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { onLive, openLive } from "../api/events.ts";
import { startSession, useSession } from "../api/session.ts";
import { TextProvider, useText } from "../i18n/text.tsx";
import { KeyListener } from "../keys/Listener.tsx";
import { Boundary } from "../ui/Boundary.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { useAppearance } from "./appearance.ts";
import { Frame } from "./Frame.tsx";
import { forget, queries } from "./queries.ts";
import { ReSignIn } from "./ReSignIn.tsx";
import { Routes } from "./Routes.tsx";
import { Door } from "./SignIn.tsx";
import { Toasts, tellWhy } from "./toasts.tsx";

function Inside() {
  const workspace = useSession((session) => session.workspace);
  useEffect(() => {
    openLive(workspace);
    return onLive("reset", () => void queries.invalidateQueries());
  }, [workspace]);
  return (
    <>
      {/* Another workspace is another world: nothing of the former stays on the screen. */}
      <Frame key={workspace}>
        <Boundary onAgain={forget}>
          <Routes />
        </Boundary>
      </Frame>
      <ReSignIn />
    </>
  );
}

function Session() {
  const t = useText();
  const { status, fault } = useSession();
  useEffect(() => {
    void startSession();
  }, []);
  if (status === "in") return <Inside />;
  if (status !== "asking") return <Door />;
  return (
    <main className="door">
      {fault === undefined ? (
        <Skeleton label={t("state.loading")} lines={3} />
      ) : (
        <ErrorBox error={fault} onAgain={() => void startSession()} />
      )}
    </main>
  );
}

export function App() {
  const language = useAppearance((state) => state.language);
  return (
    <TextProvider language={language}>
      <QueryClientProvider client={queries}>
        <KeyListener onReason={tellWhy} />
        <Session />
        <Toasts />
      </QueryClientProvider>
    </TextProvider>
  );
}
