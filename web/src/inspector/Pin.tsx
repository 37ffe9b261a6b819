/* A pinned output: what a step gives in tests instead of being run. */
import { useQuery } from "@tanstack/react-query";
import { Pin as PinIcon, PinOff } from "lucide-react";
import { useState } from "react";
import { useCan } from "../api/session.ts";
import { tellProblem } from "../app/toasts.tsx";
import { useEdited } from "../canvas/context.tsx";
import { useText } from "../i18n/text.tsx";
import type { Json } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { setPin } from "./pins.ts";
import { pinsAsked } from "./pinsAsked.ts";

export function usePinned(step: string): Json | undefined {
  const flow = useEdited((state) => state.flow);
  return useQuery(pinsAsked(flow)).data?.get(step);
}

export function PinButton({ step, value }: { step: string; value: Json | undefined }) {
  const t = useText();
  const flow = useEdited((state) => state.flow);
  const may = useCan("rules.write");
  const pinned = usePinned(step) !== undefined;
  const [busy, setBusy] = useState(false);
  const turn = async (): Promise<void> => {
    setBusy(true);
    await setPin(flow, step, pinned ? undefined : value).catch(tellProblem);
    setBusy(false);
  };
  if (value === undefined && !pinned) {
    return null;
  }
  return (
    <Button
      size="s"
      look="quiet"
      icon={pinned ? <PinOff size={14} /> : <PinIcon size={14} />}
      label={t(pinned ? "inspector.unpin" : "inspector.pin")}
      pressed={pinned}
      pending={busy}
      reason={may ? undefined : t("inspector.pin.forbidden")}
      onPress={() => void turn()}
    />
  );
}
