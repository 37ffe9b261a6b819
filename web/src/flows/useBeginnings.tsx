// How a flow begins: empty, from a template, or from a file that was exported.

import { useQueryClient } from "@tanstack/react-query";
import { FileUp, Layers, Plus } from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { client, got, onceKey } from "../api/client.ts";
import { useCan } from "../api/session.ts";
import { tell, tellProblem } from "../app/toasts.tsx";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { useCommands } from "../keys/registry.ts";
import { arrayOf, type Json, objectOf, parseJson, textOf, writeJson } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { NewFlow } from "./NewFlow.tsx";

/** The text as it stands: its numbers keep their digits. */
const importOne = (text: string) =>
  got(
    client.POST("/flows/import", {
      params: { header: onceKey() },
      body: {} as never,
      bodySerializer: () => text,
      headers: { "Content-Type": "application/json" },
    }),
  );

/** The flows of an archive; undefined: it is one flow, or the program says what is wrong with it. */
function archived(text: string): readonly Json[] | undefined {
  try {
    const whole = objectOf(parseJson(text));
    return textOf(whole.weft) === "flows/1" ? arrayOf(whole.flows) : undefined;
  } catch {
    return undefined;
  }
}

function useImport(): [React.RefObject<HTMLInputElement | null>, (file: File) => Promise<void>] {
  const t = useText();
  const [, go] = useLocation();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const loadMany = async (flows: readonly Json[]) => {
    let done = 0;
    for (const flow of flows) {
      try {
        await importOne(writeJson(flow));
        done++;
      } catch (error) {
        tellProblem(error);
      }
    }
    tell(t("flow.importedMany", { done: count(done), of: count(flows.length) }));
    await queries.invalidateQueries();
  };
  const load = async (file: File) => {
    try {
      const text = await file.text();
      const many = archived(text);
      if (many) return await loadMany(many);
      const draft = await importOne(text);
      tell(t("flow.imported", { name: draft.flow }));
      go(`/flows/${draft.flow}`);
    } catch (error) {
      tellProblem(error);
    }
  };
  return [input, load];
}

const PAIRINGS = "/flows/pairings/all";

/** acts: the buttons, wherever a screen offers them; parts: what they open. */
export function useBeginnings(): { acts: ReactNode; parts: ReactNode } {
  const t = useText();
  const mayWrite = useCan("flows.write");
  const [, go] = useLocation();
  const [making, setMaking] = useState(false);
  const [file, load] = useImport();
  const reason = mayWrite ? undefined : t("may.not", { permission: "flows.write" });
  useCommands(
    useMemo(
      () => [
        {
          id: "flows.new",
          title: t("flow.new"),
          group: t("nav.flows"),
          keys: ["n"],
          reason,
          run: () => setMaking(true),
        },
        {
          id: "flows.import",
          title: t("flow.import"),
          group: t("nav.flows"),
          reason,
          run: () => file.current?.click(),
        },
        {
          id: "flows.pairings",
          title: t("pairing.all"),
          group: t("nav.flows"),
          run: () => go(PAIRINGS),
        },
      ],
      [t, reason, file, go],
    ),
  );
  return {
    acts: (
      <>
        <Button icon={<Layers size={15} />} onPress={() => go(PAIRINGS)}>
          {t("pairing.all")}
        </Button>
        <Button icon={<FileUp size={15} />} reason={reason} onPress={() => file.current?.click()}>
          {t("flow.import")}
        </Button>
        <Button
          look="primary"
          icon={<Plus size={15} />}
          reason={reason}
          onPress={() => setMaking(true)}
        >
          {t("flow.new")}
        </Button>
      </>
    ),
    parts: (
      <>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label={t("flow.import")}
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            event.target.value = "";
            if (chosen) void load(chosen);
          }}
        />
        <NewFlow open={making} onClose={() => setMaking(false)} />
      </>
    ),
  };
}
