// Tokens of machines: what they may do, until when, and the secret that is shown once.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, KeySquare, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { useText } from "../i18n/text.tsx";
import { Badge, Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { ConfirmDialog } from "../ui/ConfirmDialog.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, Select, TextField } from "../ui/Field.tsx";
import { Moment } from "../ui/Moment.tsx";
import { Panel } from "../ui/Panel.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

type Token = components["schemas"]["Token"];
const DAYS = ["7", "30", "90", "180", "366"];

function Make(props: { onClose: () => void; onMade: (secret: string) => void }) {
  const t = useText();
  const permissions = useSession((session) => session.permissions);
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [scopes, setScopes] = useState<string[]>([]);
  const [asking, error, ask] = useAsking();
  const make = async () => {
    const body = { name: name.trim(), scopes, days: Number(days) };
    props.onMade((await got(client.POST("/tokens", { body }))).secret);
  };
  return (
    <Dialog title={t("token.new")} open onClose={props.onClose} closeLabel={t("act.close")}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (scopes.length > 0) ask(make);
        }}
      >
        <TextField
          label={t("token.name")}
          help={t("token.nameHelp")}
          required
          autoFocus
          maxLength={60}
          value={name}
          onChange={setName}
        />
        <Select
          label={t("token.days")}
          value={days}
          onChange={setDays}
          choices={DAYS.map((one) => ({
            value: one,
            label: t("token.daysOf", { count: Number(one) }),
          }))}
        />
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid */}
        <div role="group" aria-label={t("token.scopes")} className="stack">
          <span className="field-label">{t("token.scopes")}</span>
          <div className="scopes">
            {[...permissions].sort().map((scope) => (
              <Checkbox
                key={scope}
                checked={scopes.includes(scope)}
                onChange={(on) =>
                  setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                }
              >
                <span className="mono">{scope}</span>
              </Checkbox>
            ))}
          </div>
        </div>
        {error !== undefined && <ErrorBox small error={error} />}
        <div className="row dialog-acts">
          <Button onPress={props.onClose}>{t("act.cancel")}</Button>
          <Button look="primary" type="submit" pending={asking} disabled={scopes.length === 0}>
            {t("token.make")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Row({ token, onRemove }: { token: Token; onRemove: () => void }) {
  const t = useText();
  return (
    <li className="session">
      <div>
        <p>
          <strong className="foreign">{token.name}</strong>{" "}
          {token.ended && <Badge tone="off">{t("token.ended")}</Badge>}
        </p>
        <p className="row">
          {token.scopes.map((scope) => (
            <Chip key={scope} mono>
              {scope}
            </Chip>
          ))}
        </p>
        <p className="muted">
          {t("token.ends")} <Moment at={token.ends_at} /> · {t("account.used")}{" "}
          <Moment relative at={token.used_at} />
        </p>
      </div>
      <Button
        size="s"
        look="quiet"
        icon={<Trash2 size={14} />}
        label={t("token.removeOf", { name: token.name })}
        onPress={onRemove}
      />
    </li>
  );
}

export function Tokens() {
  const t = useText();
  const queries = useQueryClient();
  const workspace = useSession((session) => session.workspace);
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | undefined>();
  const [removing, setRemoving] = useState<Token | undefined>();
  const query = useQuery({
    queryKey: [workspace, "tokens"],
    queryFn: ({ signal }) => got(client.GET("/tokens", { signal })),
  });
  const again = () => void queries.invalidateQueries({ queryKey: [workspace, "tokens"] });
  const items = query.data?.items ?? [];
  const newButton = (
    <Button size="s" icon={<Plus size={14} />} onPress={() => setMaking(true)}>
      {t("token.new")}
    </Button>
  );
  return (
    <Panel title={t("settings.tokens")} tools={newButton}>
      {query.isPending && <Skeleton label={t("state.loading")} lines={4} />}
      {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <Empty icon={<KeySquare size={22} />} title={t("token.none")}>
          {t("token.noneText")}
        </Empty>
      )}
      <ul className="stack">
        {items.map((one) => (
          <Row key={one.id} token={one} onRemove={() => setRemoving(one)} />
        ))}
      </ul>
      {making && (
        <Make
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setSecret(made);
            again();
          }}
        />
      )}
      {secret !== undefined && (
        <Dialog
          title={t("token.secret")}
          open
          alert
          onClose={() => setSecret(undefined)}
          closeLabel={t("act.close")}
        >
          <p>{t("token.secretLead")}</p>
          <div className="once">
            <code>{secret}</code>
            <Button
              size="s"
              icon={<Copy size={13} />}
              onPress={() => void navigator.clipboard.writeText(secret)}
            >
              {t("data.copy")}
            </Button>
          </div>
        </Dialog>
      )}
      {removing && (
        <ConfirmDialog
          danger
          title={t("token.removeOf", { name: removing.name })}
          lead={t("token.removeLead")}
          submit={t("token.remove")}
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await got(
              client.DELETE("/tokens/{token}", { params: { path: { token: removing.id } } }),
            );
            setRemoving(undefined);
            again();
          }}
        />
      )}
    </Panel>
  );
}
