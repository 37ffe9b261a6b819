// The door: name and password, then the code of the second factor; on the very first start, who
// holds the console's token makes the administrator.
import { type FormEvent, type ReactNode, useState } from "react";
import { makeFirst, signIn, signInFactor, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";

/** Runs what a form asks for; keeps what went wrong. */
export function useAsking(): [boolean, unknown, (asked: () => Promise<unknown>) => void] {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>();
  const ask = (asked: () => Promise<unknown>) => {
    setAsking(true);
    setError(undefined);
    asked()
      .catch((fault: unknown) => setError(fault))
      .finally(() => setAsking(false));
  };
  return [asking, error, ask];
}

function Form(props: {
  onSubmit: () => void;
  asking: boolean;
  error: unknown;
  submit: string;
  children: ReactNode;
}) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!props.asking) props.onSubmit();
  };
  return (
    <form onSubmit={onSubmit}>
      {props.children}
      {props.error !== undefined && <ErrorBox small error={props.error} />}
      <Button look="primary" type="submit" pending={props.asking}>
        {props.submit}
      </Button>
    </form>
  );
}

export function PasswordForm({ name: fixed }: { name?: string }) {
  const t = useText();
  const [name, setName] = useState(fixed ?? "");
  const [password, setPassword] = useState("");
  const [asking, error, ask] = useAsking();
  return (
    <Form
      asking={asking}
      error={error}
      submit={t("door.signIn")}
      onSubmit={() => ask(() => signIn(name.trim(), password))}
    >
      <TextField
        label={t("door.name")}
        name="username"
        autoComplete="username"
        required
        autoFocus={!fixed}
        readOnly={Boolean(fixed)}
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("door.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        autoFocus={Boolean(fixed)}
        value={password}
        onChange={setPassword}
      />
    </Form>
  );
}

export function FactorForm() {
  const t = useText();
  const [code, setCode] = useState("");
  const [asking, error, ask] = useAsking();
  return (
    <Form
      asking={asking}
      error={error}
      submit={t("door.confirm")}
      onSubmit={() => ask(() => signInFactor(code.replace(/\s/g, "")))}
    >
      <TextField
        label={t("door.code")}
        help={t("door.codeHelp")}
        name="one-time-code"
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        autoFocus
        value={code}
        onChange={setCode}
      />
    </Form>
  );
}

function FirstForm() {
  const t = useText();
  const [token, setToken] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [asking, error, ask] = useAsking();
  const differs = again !== "" && again !== password;
  return (
    <Form
      asking={asking}
      error={error}
      submit={t("door.makeFirst")}
      onSubmit={() => {
        if (password === again) ask(() => makeFirst(token.trim(), name.trim(), password));
      }}
    >
      <TextField
        label={t("door.token")}
        help={t("door.tokenHelp")}
        required
        autoFocus
        mono
        value={token}
        onChange={setToken}
      />
      <TextField
        label={t("door.name")}
        name="username"
        autoComplete="username"
        required
        value={name}
        onChange={setName}
      />
      <TextField
        label={t("door.password")}
        help={t("door.passwordHelp")}
        name="new-password"
        type="password"
        autoComplete="new-password"
        required
        value={password}
        onChange={setPassword}
      />
      <TextField
        label={t("door.passwordAgain")}
        type="password"
        autoComplete="new-password"
        required
        error={differs ? t("door.differs") : undefined}
        value={again}
        onChange={setAgain}
      />
    </Form>
  );
}

export function Door() {
  const t = useText();
  const status = useSession((session) => session.status);
  const lead = {
    first: t("door.leadFirst"),
    factor: t("door.leadFactor"),
    out: t("door.lead"),
  }[status as "first" | "factor" | "out"];
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
        {status === "factor" && <FactorForm />}
        {status === "out" && <PasswordForm />}
      </div>
    </main>
  );
}
