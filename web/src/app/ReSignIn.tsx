// The session has ended while somebody worked: the screen stays as it is, and what was asked
// meanwhile goes on after the sign-in.
import { useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { FactorForm, PasswordForm } from "./SignIn.tsx";

export function ReSignIn() {
  const t = useText();
  const { ended, factorAsked, name } = useSession();
  return (
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
      <div className="door-form">{factorAsked ? <FactorForm /> : <PasswordForm name={name} />}</div>
    </Dialog>
  );
}
