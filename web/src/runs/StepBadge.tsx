import { isTextKey, useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { stepTone } from "./runs.ts";

export function StepBadge({ status }: { status: string }) {
  const t = useText();
  const key = `step.status.${status}`;
  return (
    <Badge plain tone={stepTone(status)}>
      {isTextKey(key) ? t(key) : status}
    </Badge>
  );
}
