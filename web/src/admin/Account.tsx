// One's own way in: password and second factor.
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { take, useSession } from "../api/session.ts";
import { CodeForm, NewPassword, useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";

type FactorSecret = components["schemas"]["FactorSecret"];

export function Password() {
  const t = useText();
  const [old, setOld] = useState("");
  const change = async (next: string) => {
    take(await got(client.PUT("/session/password", { body: { old, new: next } })));
    setOld("");
    tell(t("account.passwordChanged"));
  };
  return (
    <Panel title={t("door.password")}>
      <NewPassword
        plain
        label={t("account.new")}
        submit={t("account.changePassword")}
        onSubmit={change}
      >
        <TextField
          label={t("account.old")}
          type="password"
          autoComplete="current-password"
          required
          value={old}
          onChange={setOld}
        />
      </NewPassword>
    </Panel>
  );
}

function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const t = useText();
  return (
    <Dialog title={t("account.codes")} open alert onClose={onClose} closeLabel={t("act.close")}>
      <p>{t("account.codesLead")}</p>
      <ul className="codes mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="row">
        <Button onPress={() => void navigator.clipboard.writeText(codes.join("\n"))}>
          {t("data.copy")}
        </Button>
      </div>
    </Dialog>
  );
}

/** The secret goes into the app; its first code says that it has arrived there. */
function Confirm({
  secret,
  onCodes,
}: {
  secret: FactorSecret;
  onCodes: (codes: string[]) => void;
}) {
  const t = useText();
  const confirm = async (code: string) => {
    const answer = await got(client.POST("/session/second-factor/confirm", { body: { code } }));
    take(answer.session);
    onCodes(answer.recovery_codes);
  };
  return (
    <CodeForm label={t("account.firstCode")} onCode={confirm}>
      <p>{t("account.secretLead")}</p>
      <div className="once">
        <code>{secret.secret.replace(/(.{4})/g, "$1 ").trim()}</code>
        <a href={secret.uri}>{t("account.openApp")}</a>
      </div>
    </CodeForm>
  );
}

export function Factor() {
  const t = useText();
  const factor = useSession((session) => session.secondFactor);
  const [secret, setSecret] = useState<FactorSecret | undefined>();
  const [codes, setCodes] = useState<string[] | undefined>();
  const [asking, error, ask] = useAsking();
  const begin = async () => setSecret(await got(client.POST("/session/second-factor")));
  const remove = async () => take(await got(client.DELETE("/session/second-factor")));
  const renew = async () => {
    const answer = await got(client.POST("/session/second-factor/recovery-codes"));
    take(answer.session);
    setCodes(answer.recovery_codes);
  };
  return (
    <Panel title={t("user.factor")}>
      <div className="stack">
        <p>
          {factor?.set ? (
            <Badge tone="ok">{t("user.factorSet")}</Badge>
          ) : (
            <Badge tone={factor?.required ? "warn" : "neutral"}>{t("user.factorNone")}</Badge>
          )}
        </p>
        {!factor?.set && !secret && <p className="muted">{t("account.factorLead")}</p>}
        {factor?.set && (
          <p className="muted">{t("account.codesLeft", { count: factor.recovery_codes })}</p>
        )}
        {error !== undefined && <ErrorBox small error={error} />}
        {secret ? (
          <Confirm
            secret={secret}
            onCodes={(list) => {
              setSecret(undefined);
              setCodes(list);
            }}
          />
        ) : (
          <div className="row">
            <Button
              pending={asking}
              look={factor?.set ? "plain" : "primary"}
              onPress={() => ask(begin)}
            >
              {t(factor?.set ? "account.factorAnew" : "account.factorBegin")}
            </Button>
            {factor?.set && (
              <>
                <Button onPress={() => ask(renew)}>{t("account.newCodes")}</Button>
                <Button
                  reason={factor.required ? t("account.factorRequired") : undefined}
                  onPress={() => ask(remove)}
                >
                  {t("account.factorRemove")}
                </Button>
              </>
            )}
          </div>
        )}
      </div>
      {codes && <Codes codes={codes} onClose={() => setCodes(undefined)} />}
    </Panel>
  );
}
