// A notice that says it is a test: whether the other side has taken it, or what prevented that.
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { client, got, onceKey } from "../api/client.ts";
import { span } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Badge } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import type { Channel } from "./alerts.ts";

export function ChannelTest({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const t = useText();
  const test = useMutation({
    mutationFn: () => {
      const params = { path: { channel: channel.channel }, header: onceKey() };
      return got(client.POST("/channels/{channel}/test", { params }));
    },
  });
  const { mutate, data } = test;
  useEffect(() => mutate(), [mutate]);
  return (
    <Dialog
      title={t("channel.testOf", { name: channel.title ?? channel.channel })}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button pending={test.isPending} onPress={() => mutate()}>
            {t("act.again")}
          </Button>
          <Button look="primary" onPress={onClose}>
            {t("act.close")}
          </Button>
        </>
      }
    >
      {test.error && <ErrorBox error={test.error} />}
      {test.isPending && <Skeleton label={t("channel.testing")} lines={2} />}
      {data && (
        <div className="stack" role="status">
          <p>
            <Badge tone={data.delivered ? "ok" : "err"}>
              {t(data.delivered ? "channel.delivered" : "channel.notDelivered")}
            </Badge>{" "}
            {data.took_ms !== undefined && <span className="muted num">{span(data.took_ms)}</span>}
          </p>
          {data.detail && <p className="foreign">{data.detail}</p>}
          {data.delivered && <p className="muted">{t("channel.look")}</p>}
        </div>
      )}
    </Dialog>
  );
}
