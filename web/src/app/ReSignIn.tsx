// The session has ended while somebody worked, or something sensitive wants to know anew who one
// is: the screen stays as it is, and what was asked meanwhile goes on afterwards.
import { useState } from "react";
import { prove, refuseProof, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { FactorForm, PasswordForm, useAsking } from "./SignIn.tsx";

function ProofForm() {
  const t = useText();
  const factor = useSession((session) => session.secondFactor?.set ?? false);
  const [text, setText] = useState("");
  const [asking, error, ask] = useAsking();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask(() => prove(factor ? { code: text.replace(/\s/g, "") } : { password: text }));
      }}
    >
      <TextField
        label={factor ? t("door.code") : t("door.password")}
        type={factor ? "text" : "password"}
        autoComplete={factor ? "one-time-code" : "current-password"}
        required
        autoFocus
        value={text}
        onChange={setText}
      />
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row">
        <Button look="primary" type="submit" pending={asking}>
          {t("door.confirm")}
        </Button>
        <Button onPress={refuseProof}>{t("act.cancel")}</Button>
      </div>
    </form>
  );
}

/** While the dialog has the focus, what had it before does not hear of that: half a word is not taken
 * for a whole one, and what closes when it is left stays open. */
function keepFocus(event: FocusEvent): void {
  const { target } = event;
  const isUnder = target instanceof Element && target.closest(".door-form") === null;
  if (isUnder && useSession.getState().ended) event.stopImmediatePropagation();
}
for (const left of ["blur", "focusout"] as const) addEventListener(left, keepFocus, true);

export function ReSignIn() {
  const t = useText();
  const { ended, proving, ticket, user, loginName } = useSession();
  return (
    <>
      <Dialog
        title={t("door.ended")}
        open={ended}
        onClose={() => undefined}
        size="s"
        alert
        locked
        closeLabel={t("act.close")}
      >
        <p className="muted">{t("door.endedLead")}</p>
        <div className="door-form">
          {ticket === undefined ? <PasswordForm key={user} was={loginName} /> : <FactorForm />}
        </div>
      </Dialog>
      <Dialog
        title={t("door.prove")}
        open={proving && !ended}
        onClose={refuseProof}
        size="s"
        closeLabel={t("act.close")}
      >
        <p className="muted">{t("door.proveLead")}</p>
        <div className="door-form">
          <ProofForm />
        </div>
      </Dialog>
    </>
  );
}
