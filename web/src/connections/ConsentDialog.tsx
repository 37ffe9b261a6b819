// Before the browser leaves for the other system: where to, and what that system must know.
import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import type { Connection } from "./acts.tsx";
import { backAddress, beginConsent, goToConsent } from "./consent.ts";

export function ConsentDialog({ one, onClose }: { one: Connection; onClose: () => void }) {
  const t = useText();
  const query = useQuery({
    queryKey: ["connections", "consent", one.connection],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: () => beginConsent(one.connection),
  });
  const begun = query.data;
  return (
    <Dialog
      title={t("consent.of", { name: one.name ?? one.connection })}
      open
      onClose={onClose}
      closeLabel={t("act.close")}
      foot={
        <>
          <Button onPress={onClose}>{t("act.cancel")}</Button>
          <Button
            look="primary"
            icon={<ExternalLink size={15} />}
            disabled={!begun}
            onPress={() => begun && goToConsent(begun)}
          >
            {t("consent.go")}
          </Button>
        </>
      }
    >
      <div className="stack">
        <p>{t("consent.lead")}</p>
        {query.error && <ErrorBox error={query.error} onAgain={() => void query.refetch()} />}
        {query.isPending && <Skeleton label={t("state.loading")} lines={3} />}
        {begun && (
          <dl className="facts">
            <dt>{t("consent.system")}</dt>
            <dd className="mono foreign">{new URL(begun.url).origin}</dd>
            <dt>{t("consent.back")}</dt>
            <dd className="mono foreign">{backAddress()}</dd>
          </dl>
        )}
        <p className="muted">{t("consent.backHelp")}</p>
      </div>
    </Dialog>
  );
}
