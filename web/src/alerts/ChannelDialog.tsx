// A channel made or changed: by mail, by a signed post, or in a chat.
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { NAME, nameFor } from "../app/names.ts";
import { useDone } from "../app/ReasonForm.tsx";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { useKept } from "../app/useKept.ts";
import { useText } from "../i18n/text.tsx";
import { Select, Switch, TextField } from "../ui/Field.tsx";
import type { Channel } from "./alerts.ts";
import {
  CHANNEL_KINDS,
  type ChannelForm,
  type ChannelKind,
  formOf,
  isChat,
  missingIn,
  saveChannel,
} from "./channelForm.ts";
import { TitleAndName } from "./kept.tsx";

interface PartProps {
  form: ChannelForm;
  kept: Channel | undefined;
  onChange: (change: Partial<ChannelForm>) => void;
}

function Mail({ form, onChange }: PartProps) {
  const t = useText();
  return (
    <>
      <TextField
        label={t("channel.from")}
        help={t("channel.fromHelp")}
        value={form.from}
        onChange={(from) => onChange({ from })}
      />
      <TextField
        label={t("channel.to")}
        help={t("channel.toHelp")}
        required
        multiline
        rows={2}
        value={form.to}
        onChange={(to) => onChange({ to })}
      />
      <TextField
        label={t("channel.user")}
        help={t("channel.userHelp")}
        value={form.user}
        onChange={(user) => onChange({ user })}
      />
    </>
  );
}

function Secret({ form, kept, onChange }: PartProps) {
  const t = useText();
  const may = useCan("secrets.write");
  if (form.kind === "mail" && form.user.trim() === "") return null;
  const help = !may
    ? t("may.not", { permission: "secrets.write" })
    : kept?.secret === undefined
      ? t(`channel.secretHelp.${form.kind}`)
      : t("shared.secretKept", { name: kept.secret });
  return (
    <TextField
      label={t(`channel.secret.${form.kind}`)}
      help={help}
      type="password"
      autoComplete="new-password"
      required={kept?.secret === undefined}
      disabled={!may}
      value={form.secret}
      onChange={(secret) => onChange({ secret })}
    />
  );
}

function Way(props: PartProps) {
  const t = useText();
  const { form, onChange } = props;
  return (
    <>
      {!isChat(form.kind) && (
        <TextField
          label={t("channel.url")}
          help={t(form.kind === "mail" ? "channel.urlHelp.mail" : "channel.urlHelp.webhook")}
          type="url"
          mono
          required
          value={form.url}
          onChange={(url) => onChange({ url })}
        />
      )}
      {form.kind === "mail" && <Mail {...props} />}
      <Secret {...props} />
    </>
  );
}

export function ChannelDialog(props: { channel: Channel | undefined; onClose: () => void }) {
  const t = useText();
  const { onClose } = props;
  const done = useDone(onClose);
  const { kept, form, setForm, anew } = useKept(props.channel, formOf, (one) =>
    got(client.GET("/channels/{channel}", { params: { path: { channel: one.channel } } })),
  );
  const [name, setName] = useState<string>();
  const change = (next: Partial<ChannelForm>) => setForm({ ...form, ...next });
  const id = kept?.channel ?? name ?? nameFor(form.title);
  const save = async () => {
    await saveChannel(id, form, kept);
    await done(t("channel.kept"));
  };
  return (
    <SaveDialog
      title={kept ? t("alertRule.change", { name: kept.title ?? kept.channel }) : t("channel.new")}
      ready={NAME.test(id) && missingIn(form, kept).length === 0}
      onSave={save}
      onAnew={anew}
      onClose={onClose}
    >
      <TitleAndName
        label={t("channel.title")}
        help={t("channel.titleHelp")}
        title={form.title}
        onTitle={(title) => change({ title })}
        name={id}
        onName={kept ? undefined : setName}
      />
      {!kept && (
        <Select
          label={t("channel.kind")}
          value={form.kind}
          onChange={(kind) => change({ kind: kind as ChannelKind })}
          choices={CHANNEL_KINDS.map((kind) => ({
            value: kind,
            label: t(`channel.kind.${kind}`),
          }))}
        />
      )}
      <Way form={form} kept={kept} onChange={change} />
      <Switch checked={form.resolved} onChange={(resolved) => change({ resolved })}>
        {t("channel.resolved")}
      </Switch>
      <Switch checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        {t("channel.enabled")}
      </Switch>
    </SaveDialog>
  );
}
