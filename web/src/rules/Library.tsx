/* The library beside the text: what each function does, with examples that are run by our tests. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { SearchField } from "../ui/Field.tsx";
import { type LibraryFunction, library } from "./server.ts";

const NONE: readonly LibraryFunction[] = [];
const MOST = 150;

export function useLibrary() {
  const query = useQuery({
    queryKey: ["library"],
    queryFn: library,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { ...query, functions: query.data ?? NONE };
}

function groupsOf(functions: readonly LibraryFunction[], words: string) {
  const wanted = words.trim().toLowerCase();
  const out = new Map<string, LibraryFunction[]>();
  let count = 0;
  for (const one of functions) {
    const has = `${one.name} ${one.text}`.toLowerCase().includes(wanted);
    if (has && count++ < MOST) {
      out.set(one.group, [...(out.get(one.group) ?? []), one]);
    }
  }
  return [...out];
}

export function Library() {
  const t = useText();
  const { functions, error, refetch } = useLibrary();
  const [words, setWords] = useState("");
  const groups = useMemo(() => groupsOf(functions, words), [functions, words]);
  return (
    <section className="library" aria-label={t("rules.tab.library")}>
      <div className="side-tools">
        <SearchField label={t("rules.library.find")} value={words} onChange={setWords} />
      </div>
      {error !== null && <ErrorBox error={error} onAgain={() => void refetch()} small />}
      {groups.map(([group, list]) => (
        <div key={group}>
          <h3 className="foreign">{group}</h3>
          <dl>
            {list.map((one) => (
              <div key={`${one.name} ${one.call}`} className="library-one">
                <dt>
                  <code className="foreign">{one.call.replaceAll("`", "")}</code>
                </dt>
                <dd className="foreign">
                  {one.text.replaceAll("`", "")}
                  {one.examples.slice(0, 2).map((example) => (
                    <code key={example.code} className="library-example">
                      {example.code} → {example.result}
                    </code>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      {functions.length > 0 && groups.length === 0 && (
        <p className="muted side-none">{t("rules.library.none")}</p>
      )}
    </section>
  );
}
