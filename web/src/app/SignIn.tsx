// The door: name and password, then the code of the second factor; on the very first start, who
// holds the console's token makes the administrator.
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import {
  acceptInvitation,
  dropTicket,
  makeFirst,
  signIn,
  signInFactor,
  useSession,
} from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { tellProblem } from "./toasts.tsx";

/** Runs what a form asks for; keeps what went wrong. When the form has been closed meanwhile, that is
 * told beside the screen. */
export function useAsking(): [boolean, unknown, (asked: () => Promise<unknown>) => void] {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>();
  const shown = useRef(false);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  const ask = (asked: () => Promise<unknown>) => {
    setAsking(true);
    setError(undefined);
    asked()
      .catch((fault: unknown) => (shown.current ? setError(fault) : tellProblem(fault)))
      .finally(() => setAsking(false));
  };
  return [asking, error, ask];
}

/** Fields that are sent together; what went wrong stands below them. */
export function AskForm(props: {
  onAsk: () => Promise<unknown>;
  submit: string;
  /** Beside other forms: none of them is what the screen is for. */
  plain?: boolean;
  children: ReactNode;
}) {
  const [asking, error, ask] = useAsking();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!asking) ask(props.onAsk);
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      {props.children}
      {error !== undefined && <ErrorBox small error={error} />}
      <Button look={props.plain ? "plain" : "primary"} type="submit" pending={asking}>
        {props.submit}
      </Button>
    </form>
  );
}

export function PasswordForm({ was = "" }: { was?: string }) {
  const t = useText();
  const [name, setName] = useState(was);
  const [password, setPassword] = useState("");
  return (
    <AskForm submit={t("door.signIn")} onAsk={() => signIn(name.trim(), password)}>
      <TextField
        label={t("door.name")}
        name="username"
        autoComplete="username"
        required
        autoFocus={was === ""}
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("door.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        autoFocus={was !== ""}
        value={password}
        onChange={setPassword}
      />
    </AskForm>
  );
}

/** A code of the app; a recovery code has blanks. */
export function CodeForm(props: {
  label: string;
  help?: string;
  onCode: (code: string) => Promise<unknown>;
  children?: ReactNode;
}) {
  const t = useText();
  const [code, setCode] = useState("");
  return (
    <AskForm submit={t("door.confirm")} onAsk={() => props.onCode(code.replace(/\s/g, ""))}>
      {props.children}
      <TextField
        label={props.label}
        help={props.help}
        name="one-time-code"
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
        value={code}
        onChange={setCode}
      />
    </AskForm>
  );
}

export function FactorForm() {
  const t = useText();
  return <CodeForm label={t("door.code")} help={t("door.codeHelp")} onCode={signInFactor} />;
}

/** A new password, typed twice, behind what else a form asks. */
export function NewPassword(props: {
  label?: string;
  submit: string;
  plain?: boolean;
  onSubmit: (password: string) => Promise<unknown>;
  children?: ReactNode;
  autoFocus?: boolean;
}) {
  const t = useText();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const differs = again !== password;
  return (
    <AskForm
      submit={props.submit}
      plain={props.plain ?? false}
      onAsk={async () => {
        if (differs) return;
        await props.onSubmit(password);
        setPassword("");
        setAgain("");
      }}
    >
      {props.children}
      <TextField
        label={props.label ?? t("door.password")}
        help={t("door.passwordHelp")}
        name="new-password"
        type="password"
        autoComplete="new-password"
        required
        autoFocus={props.autoFocus ?? false}
        value={password}
        onChange={setPassword}
      />
      <TextField
        label={t("door.passwordAgain")}
        type="password"
        autoComplete="new-password"
        required
        error={differs && again !== "" ? t("door.differs") : undefined}
        value={again}
        onChange={setAgain}
      />
    </AskForm>
  );
}

function FirstForm() {
  const t = useText();
  // The console's line is an address: the token stands behind its "#".
  const [token, setToken] = useState(() => location.hash.slice(1));
  const [name, setName] = useState("");
  return (
    <NewPassword
      submit={t("door.makeFirst")}
      onSubmit={(password) => makeFirst(token.trim(), name.trim(), password)}
    >
      <TextField
        label={t("door.token")}
        help={t("door.tokenHelp")}
        required
        autoFocus={token === ""}
        mono
        value={token}
        onChange={setToken}
      />
      <TextField
        label={t("door.name")}
        name="username"
        autoComplete="username"
        required
        autoFocus={token !== ""}
        value={name}
        onChange={setName}
      />
    </NewPassword>
  );
}

export function Door() {
  const t = useText();
  const status = useSession((session) => session.status);
  const lead = {
    asking: "",
    in: "",
    first: t("door.leadFirst"),
    invited: t("door.leadInvited"),
    factor: t("door.leadFactor"),
    out: t("door.lead"),
  }[status];
  return (
    <main className="door">
      <div className="door-card">
        <div className="door-head">
          <img src="/icon.svg" alt="" />
          <div>
            <h1>{status === "first" ? t("door.welcome") : "Weft"}</h1>
            <p className="muted">{lead}</p>
          </div>
        </div>
        {status === "first" && <FirstForm />}
        {status === "invited" && (
          <NewPassword autoFocus submit={t("door.choose")} onSubmit={acceptInvitation} />
        )}
        {status === "factor" && (
          <>
            <FactorForm />
            <Button look="quiet" onPress={dropTicket}>
              {t("door.back")}
            </Button>
          </>
        )}
        {status === "out" && <PasswordForm />}
      </div>
    </main>
  );
}
