// Choosing a way out: the flow's form, the reason, and a button for each exit. Where two must agree,
// the second one sees what the first has chosen.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { faultsOf } from "../data/faults.ts";
import { isTextKey, useText } from "../i18n/text.tsx";
import { type Json, type JsonObject, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { ValuePane } from "../ui/DataPane.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { SchemaForm } from "../ui/SchemaForm.tsx";
import type { Exception } from "./exceptions.ts";

interface DecisionProps {
  one: Exception;
  data: JsonObject;
  onData: (data: Json) => void;
  onDone: () => void;
}

/** What was chosen before, why, and with what: who agrees leaves that as it is. */
function Before({ one, wordOf }: { one: Exception; wordOf: (port: string) => string }) {
  const t = useText();
  return (
    <>
      {one.decided.map((told) => (
        <div key={told.by} className="stack">
          <p>
            {t("exception.chose", { by: told.by, port: wordOf(told.port) })}{" "}
            {told.reason !== "" && <q className="foreign">{told.reason}</q>}
          </p>
          {told.data !== undefined && told.data !== null && (
            <div className="framed">
              <ValuePane label={t("exception.filledIn")} value={told.data} maxRows={12} />
            </div>
          )}
        </div>
      ))}
      <p>{t("exception.second")}</p>
    </>
  );
}

export function Decision({ one, data, onData, onDone }: DecisionProps) {
  const t = useText();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map());
  const [asking, error, ask] = useAsking();
  const second = one.decided.length > 0;
  const may = one.can.includes(second ? "approve" : "decide");
  const permission = second ? "exceptions.approve" : "exceptions.decide";
  const wordOf = (port: string) => {
    const key = `exception.port.${port}`;
    return isTextKey(key) ? t(key) : port;
  };
  const decide = (port: string) => {
    const wrong: ReadonlyMap<string, string> =
      one.form && !second ? faultsOf(one.form, data) : new Map();
    setFaults(wrong);
    if (wrong.size > 0 || reason.trim() === "") return;
    const answered = one.form !== undefined && !second;
    ask(async () => {
      const params = { path: { exception: one.id }, header: onceKey() };
      const body = { port, reason: reason.trim(), ...(answered ? { data } : {}) };
      // Written by ourselves: the form's numbers keep their digits.
      const bodySerializer = (value: unknown) => writeJson(value as Json);
      if (second) {
        await got(client.POST("/exceptions/{exception}/approve", { params, body, bodySerializer }));
      } else {
        await got(client.POST("/exceptions/{exception}/decide", { params, body, bodySerializer }));
      }
      tell(t("exception.decided", { port: wordOf(port) }));
      onDone();
      await queries.invalidateQueries();
    });
  };
  return (
    <div className="stack">
      {second && <Before one={one} wordOf={wordOf} />}
      {one.approvals > 1 && !second && <p className="muted">{t("exception.fourEyes")}</p>}
      {one.form && !second && (
        <SchemaForm schema={one.form} value={data} onChange={onData} faults={faults} />
      )}
      <TextField
        label={t("act.reason")}
        help={t("act.reasonHelp")}
        required
        multiline
        rows={2}
        value={reason}
        onChange={setReason}
      />
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row">
        {one.ports.map((port, at) => (
          <Button
            key={port}
            look={at === 0 ? "primary" : "plain"}
            reason={
              may
                ? reason.trim() === ""
                  ? t("exception.reasonFirst")
                  : undefined
                : t("may.not", { permission })
            }
            pending={asking}
            onPress={() => decide(port)}
          >
            {wordOf(port)}
          </Button>
        ))}
      </div>
    </div>
  );
}
