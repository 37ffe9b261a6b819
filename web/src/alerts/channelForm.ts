// A channel as its form has it. What is secret of it goes into the vault, for its origin only.
import { client, got } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import type { Channel } from "./alerts.ts";

type Change = components["schemas"]["ChannelChange"];
export type ChannelKind = Change["kind"];
export const CHANNEL_KINDS: ChannelKind[] = ["mail", "webhook", "slack", "teams"];

export interface ChannelForm {
  title: string;
  kind: ChannelKind;
  enabled: boolean;
  url: string;
  user: string;
  from: string;
  to: string;
  resolved: boolean;
  /** What was typed now; empty leaves what the vault has. */
  secret: string;
}

export function formOf(channel: Channel | undefined): ChannelForm {
  return {
    title: channel?.title ?? "",
    kind: (channel?.kind as ChannelKind | undefined) ?? "mail",
    enabled: channel?.enabled ?? true,
    url: channel?.url ?? "",
    user: channel?.user ?? "",
    from: channel?.from ?? "",
    to: (channel?.to ?? []).join("\n"),
    resolved: channel?.resolved ?? true,
    secret: "",
  };
}

/** A chat's address is a secret as a whole: it is typed as one, and its origin is the url. */
export function isChat(kind: ChannelKind): boolean {
  return kind === "slack" || kind === "teams";
}

/** "smtps://mail.example.com/x" is of smtps://mail.example.com; undefined: it is no address. */
export function originOf(url: string): string | undefined {
  return /^[a-z]+:\/\/[^/?#@\s]+/i.exec(url.trim())?.[0];
}

/** The names of the fields without which it is not whole. */
export function missingIn(form: ChannelForm, kept: Channel | undefined): (keyof ChannelForm)[] {
  const missing: (keyof ChannelForm)[] = [];
  const secret = form.secret !== "" || kept?.secret !== undefined;
  if (!isChat(form.kind) && originOf(form.url) === undefined) missing.push("url");
  if (form.kind === "mail" && form.to.trim() === "") missing.push("to");
  if (form.kind === "mail" ? form.user.trim() !== "" && !secret : !secret) missing.push("secret");
  if (isChat(form.kind) && form.secret !== "" && originOf(form.secret) === undefined) {
    missing.push("secret");
  }
  return missing;
}

function bodyOf(form: ChannelForm, url: string, secret: string | undefined): Change {
  const mail = form.kind === "mail";
  return {
    kind: form.kind,
    url,
    enabled: form.enabled,
    resolved: form.resolved,
    ...(form.title.trim() === "" ? {} : { title: form.title.trim() }),
    ...(mail && form.from.trim() !== "" ? { from: form.from.trim() } : {}),
    ...(mail ? { to: form.to.split(/[\s,;]+/).filter((one) => one !== "") } : {}),
    ...(mail && form.user.trim() !== "" ? { user: form.user.trim() } : {}),
    ...(secret !== undefined && (!mail || form.user.trim() !== "") ? { secret } : {}),
  };
}

export async function saveChannel(
  id: string,
  form: ChannelForm,
  kept: Channel | undefined,
): Promise<void> {
  const typed = isChat(form.kind) && form.secret !== "" ? originOf(form.secret) : undefined;
  const url = typed ?? form.url.trim();
  let secret = kept?.secret;
  if (form.secret !== "") {
    secret ??= `channel_${id}`.replace(/[^a-z0-9_]+/g, "_");
    const params = { path: { secret } };
    const body = { value: form.secret, origins: [originOf(url) ?? url] };
    await got(client.POST("/vault/{secret}/set", { params, body }));
  }
  await got(
    client.PUT("/channels/{channel}", {
      params: { path: { channel: id } },
      headers: kept ? { "If-Match": `"${kept.revision}"` } : {},
      body: bodyOf(form, url, secret),
    }),
  );
}
