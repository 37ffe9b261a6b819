// The systems that a connection can be made for: those with a manifest, and any other over HTTP.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { client, got } from "../api/client.ts";
import { useText } from "../i18n/text.tsx";
import { httpConnector } from "./shared.ts";

export function useConnectors() {
  const t = useText();
  return useQuery({
    queryKey: ["connectors"],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => (await got(client.GET("/connectors", { signal }))).items,
    select: (items) => [...items, httpConnector(t("shared.http"))],
  });
}

/** What a system is called, by the name of its connector. */
export function useTitleOf(): (system: string) => string {
  const { data } = useConnectors();
  return useMemo(() => {
    const titles = new Map(data?.map((one) => [one.connector, one.title]));
    return (system) => titles.get(system) ?? system;
  }, [data]);
}
