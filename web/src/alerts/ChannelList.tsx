import { Megaphone, Pencil, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { useLiveRefresh } from "../api/useLiveRefresh.ts";
import { actsColumn } from "../app/actsColumn.tsx";
import { count } from "../i18n/format.ts";
import { type Translate, useText } from "../i18n/text.tsx";
import type { Tone } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import type { Act } from "../ui/Menu.tsx";
import { Moment } from "../ui/Moment.tsx";
import { type Channel, wordOf } from "./alerts.ts";
import { ChannelDialog } from "./ChannelDialog.tsx";
import { ChannelTest } from "./ChannelTest.tsx";
import { beginning, KeptList, RemoveDialog } from "./kept.tsx";

const tones: Record<string, Tone> = { ok: "ok", failing: "err", unused: "neutral", off: "off" };

function columnsOf(t: Translate, actsOf: (one: Channel) => Act[]): Column<Channel>[] {
  return [
    ...beginning<Channel>(t, "channel.state", t("channel.channel"), tones, (one) => one.channel),
    {
      id: "kind",
      header: t("channel.kind"),
      width: "7rem",
      from: 520,
      cell: (one) => wordOf(t, "channel.kind", one.kind),
    },
    {
      id: "where",
      header: t("channel.where"),
      width: "minmax(9rem, 2fr)",
      from: 720,
      cell: (one) => <span className="foreign">{one.to?.join(", ") ?? one.url}</span>,
    },
    {
      id: "last",
      header: t("channel.last"),
      width: "minmax(7rem, 2fr)",
      from: 620,
      cell: (one) =>
        one.state === "failing" ? (
          <span className="foreign" title={one.detail}>
            {one.detail ?? one.code}
          </span>
        ) : (
          <Moment relative at={one.delivered_at} />
        ),
    },
    {
      id: "waiting",
      header: t("channel.waiting"),
      width: "5.5rem",
      align: "end",
      from: 820,
      cell: (one) => count(one.waiting ?? 0),
    },
    actsColumn(t, (one) => one.title ?? one.channel, actsOf),
  ];
}

type Doing = { what: "edit"; one: Channel | undefined } | { what: "test" | "remove"; one: Channel };

function useActs(setDoing: (doing: Doing) => void, refused: string | undefined) {
  const t = useText();
  const reason = refused ? { reason: refused } : {};
  const icon = { size: 15, "aria-hidden": true } as const;
  return (one: Channel): Act[] => [
    {
      id: "test",
      label: t("channel.test"),
      icon: <Send {...icon} />,
      ...reason,
      onAct: () => setDoing({ what: "test", one }),
    },
    {
      id: "edit",
      label: t("alertRule.edit"),
      icon: <Pencil {...icon} />,
      ...reason,
      onAct: () => setDoing({ what: "edit", one }),
    },
    {
      id: "remove",
      label: t("user.remove"),
      icon: <Trash2 {...icon} />,
      danger: true,
      ...((one.used_by?.length ?? 0) > 0 && !refused
        ? { reason: t("channel.inUse", { rules: one.used_by?.join(", ") }) }
        : reason),
      onAct: () => setDoing({ what: "remove", one }),
    },
  ];
}

export function ChannelList() {
  const t = useText();
  const may = useCan("alerts.write");
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  useLiveRefresh(["alert"], "channels");
  const pages = usePages(["channels"], (cursor, signal) => {
    const query = { limit: 100, ...(cursor ? { cursor } : {}) };
    return got(client.GET("/channels", { params: { query }, signal }));
  });
  const refused = may ? undefined : t("may.not", { permission: "alerts.write" });
  const actsOf = useActs(setDoing, refused);
  return (
    <KeptList
      title={t("channel.channels")}
      newLabel={t("channel.new")}
      refused={refused}
      pages={pages}
      columns={columnsOf(t, actsOf)}
      nameOf={(one) => one.channel}
      isWrong={(one) => one.state === "failing"}
      onEdit={(one) => setDoing({ what: "edit", one })}
      empty={
        <Empty icon={<Megaphone size={22} />} title={t("channel.none")}>
          {t("channel.noneText")}
        </Empty>
      }
    >
      {doing?.what === "edit" && <ChannelDialog channel={doing.one} onClose={close} />}
      {doing?.what === "test" && <ChannelTest channel={doing.one} onClose={close} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          name={doing.one.title ?? doing.one.channel}
          lead={t("channel.removeLead")}
          onClose={close}
          onRemove={() => {
            const header = { "If-Match": `"${doing.one.revision}"` };
            const params = { path: { channel: doing.one.channel }, header };
            return got(client.DELETE("/channels/{channel}", { params }));
          }}
        />
      )}
    </KeptList>
  );
}
