// Settings that people change while the program works, and beside them what its configuration says.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { client, gotTagged } from "../api/client.ts";
import { Problem } from "../api/problems.ts";
import { useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { isTextKey, useText } from "../i18n/text.tsx";
import { Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select, TextField } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import {
  changesOf,
  isNumberWrong,
  type Setting,
  type Settings,
  shownOf,
  type Typed,
} from "./settingRows.ts";

function useWords() {
  const t = useText();
  return (kind: "name" | "choice" | "help" | "source", of: string, standard: string) => {
    const key = `setting.${kind}.${of}`;
    return isTextKey(key) ? t(key) : standard;
  };
}

function SettingField(props: {
  one: Setting;
  typed: Typed;
  readOnly: boolean;
  /** Why the program has not taken it. */
  refused: string | undefined;
  onTyped: (value: string | null) => void;
}) {
  const t = useText();
  const words = useWords();
  const { one, typed, onTyped } = props;
  const text = shownOf(one, typed);
  const off = one.fixed || props.readOnly;
  const wrong = isNumberWrong(one, text.trim());
  const common = {
    label: words("name", one.name, one.name),
    help: words("help", one.name, one.help),
    disabled: off,
  };
  const isSet = one.source === "set" && typed[one.name] !== null;
  return (
    // Of a newer program than these words: told in its own.
    <div className={isTextKey(`setting.name.${one.name}`) ? "setting" : "setting foreign"}>
      {one.kind === "choice" ? (
        <Select
          {...common}
          value={text}
          onChange={onTyped}
          choices={(one.choices ?? []).map((name) => ({
            value: name,
            label: words("choice", `${one.name}.${name}`, name),
          }))}
        />
      ) : (
        <TextField
          {...common}
          inputMode={one.kind === "number" ? "numeric" : "text"}
          value={text}
          onChange={onTyped}
          error={
            wrong
              ? t("setting.between", { min: one.min ?? 0, max: one.max ?? Number.MAX_SAFE_INTEGER })
              : props.refused
          }
        />
      )}
      <p className="setting-source muted">
        {one.fixed
          ? t("setting.fixed", { source: words("source", one.source, one.source) })
          : words("source", one.source, one.source)}
        {isSet && !off && (
          <button type="button" className="link" onClick={() => onTyped(null)}>
            {t("setting.takeBack", { value: String(one.default ?? "") })}
          </button>
        )}
      </p>
    </div>
  );
}

function Configuration({ items }: { items: readonly Setting[] }) {
  const t = useText();
  return (
    <Panel title={t("setting.configuration")}>
      <div className="stack">
        <p className="muted">{t("setting.configurationLead")}</p>
        <ul className="settings-configured">
          {items.map((one) => (
            <li key={one.name}>
              <span className="row">
                <strong className="mono foreign">{one.name}</strong>
                <span className="mono foreign settings-value">
                  {String(one.value) === "" ? "–" : String(one.value)}
                </span>
                {one.source !== "default" && <Chip>{one.source}</Chip>}
              </span>
              <span className="muted foreign">{one.help}</span>
              {one.variable && <code className="muted">{one.variable}</code>}
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

interface Refusal {
  name: string;
  why: string;
  problem: Problem;
}

/** The program names a setting as "/NAME: ". */
function refusalOf(error: unknown): Refusal | undefined {
  const problem = error instanceof Problem ? error : undefined;
  const [, name, why] = /^\/(\w+): (.+)$/s.exec(problem?.message ?? "") ?? [];
  return problem && name && why ? { name, why, problem } : undefined;
}

function Form({ settings, etag }: { settings: Settings; etag: string | undefined }) {
  const t = useText();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<Typed>({});
  const [asking, error, ask] = useAsking();
  const items = settings.items.filter((one) => one.scope !== "configuration");
  const changes = changesOf(items, typed);
  const words = useWords();
  const refusal = refusalOf(error);
  const worded = ({ name, why, problem }: Refusal) =>
    new Problem(problem.status, {
      ...problem.body,
      detail: `${words("name", name, name)}: ${why}`,
    });
  const may = settings.can.includes("change");
  const any = changes === undefined || Object.keys(changes).length > 0;
  const save = async () => {
    const header = { "If-Match": etag ?? `"${settings.revision}"` };
    const asked = gotTagged(
      client.PATCH("/settings", { params: { header }, body: changes as object }),
    );
    await asked.catch(async (fault: unknown) => {
      // What others have set is shown then, and what was typed here can be kept after all.
      if (fault instanceof Problem && fault.code === "stale") await queries.invalidateQueries();
      throw fault;
    });
    setTyped({});
    tell(t("setting.kept"));
    await queries.invalidateQueries();
  };
  const groups = (["workspace", "program"] as const).map((scope) => ({
    scope,
    items: items.filter((one) => one.scope === scope),
  }));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (changes !== undefined && any) ask(save);
      }}
    >
      {groups
        .filter((group) => group.items.length > 0)
        .map((group) => (
          <Panel key={group.scope} title={t(`setting.of.${group.scope}`)}>
            <div className="settings-fields settings-wide">
              {group.items.map((one) => (
                <SettingField
                  key={one.name}
                  one={one}
                  typed={typed}
                  readOnly={!may}
                  refused={one.name === refusal?.name ? refusal.why : undefined}
                  onTyped={(value) => setTyped({ ...typed, [one.name]: value })}
                />
              ))}
            </div>
          </Panel>
        ))}
      {error !== undefined && <ErrorBox error={refusal ? worded(refusal) : error} />}
      <div className="row">
        <Button
          look="primary"
          type="submit"
          pending={asking}
          reason={may ? undefined : t("may.not", { permission: "settings.write" })}
          disabled={!any || changes === undefined}
        >
          {t("act.save")}
        </Button>
        {Object.keys(typed).length > 0 && (
          <Button onPress={() => setTyped({})}>{t("setting.discard")}</Button>
        )}
        <span className="muted">
          {t("setting.mail")} <Link href="/alerts?tab=channels">{t("channel.channels")}</Link>
        </span>
      </div>
    </form>
  );
}

export function ProgramSettings() {
  const t = useText();
  const workspace = useSession((session) => session.workspace);
  const query = useQuery({
    queryKey: [workspace, "settings"],
    queryFn: ({ signal }) => gotTagged(client.GET("/settings", { signal })),
  });
  // What was read stays when it cannot be read anew: somebody may be typing into it.
  if (!query.data) {
    if (!query.error) return <Skeleton label={t("state.loading")} lines={8} />;
    return <ErrorBox error={query.error} onAgain={() => void query.refetch()} />;
  }
  const { data, etag } = query.data;
  const configured = data.items.filter((one) => one.scope === "configuration");
  return (
    <div className="stack">
      <Form settings={data} etag={etag} />
      {configured.length > 0 && <Configuration items={configured} />}
    </div>
  );
}
