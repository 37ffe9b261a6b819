// In the set-up: a run of what works, begun by hand.
import { Play } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { client, exactBody, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { useText } from "../i18n/text.tsx";
import type { Step } from "../model/flow.ts";
import { type Json, parseJson, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { TextField } from "../ui/Field.tsx";

function read(text: string): { value: Json } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

export function StartNow(props: {
  flow: string;
  environment: string;
  step: Step;
  /** What such a run is told, to begin with. */
  event: Json;
  isLive: boolean;
}) {
  const t = useText();
  const [, go] = useLocation();
  const may = useCan("runs.act");
  const { flow, step } = props;
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState(() => writeJson(props.event));
  const title = step.title || step.id;
  const told = read(text);
  let reason: string | undefined;
  if (!may) reason = t("may.not", { permission: "runs.act" });
  else if (!props.isLive) reason = t("setup.startLive");
  const start = async () => {
    if (!told) return;
    const { run } = await got(
      client.POST("/flows/{flow}/start", {
        params: { path: { flow }, header: onceKey() },
        body: { environment: props.environment, trigger: step.id, body: told.value as never },
        ...exactBody,
      }),
    );
    go(`/runs/${run}`);
  };
  return (
    <div className="row">
      <Button icon={<Play size={14} />} reason={reason} onPress={() => setOpen(true)}>
        {t("setup.start", { step: title })}
      </Button>
      {isOpen && (
        <SaveDialog
          title={t("setup.start", { step: title })}
          submit={t("setup.startSubmit")}
          ready={told !== undefined}
          onSave={start}
          onClose={() => setOpen(false)}
        >
          <TextField
            label={t("setup.startTold")}
            help={t("setup.startHelp")}
            error={told ? undefined : t("setup.startWrong")}
            multiline
            mono
            rows={4}
            autoFocus
            value={text}
            onChange={setText}
          />
        </SaveDialog>
      )}
    </div>
  );
}
