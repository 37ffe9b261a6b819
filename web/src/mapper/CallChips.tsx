/* The functions that a value goes through, as chips in their order; a click edits one. */
import { Plus } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { CallDialog } from "./CallDialog.tsx";
import { type Call, chainOf, chainText } from "./chain.ts";
import type { Line } from "./lines.ts";
import { useMapping } from "./mapping.tsx";

export function CallChips({ line, source }: { line: Line; source: string }) {
  const t = useText();
  const { set, readOnly } = useMapping();
  const [edited, setEdited] = useState<number>(); /* the place of one; behind the last: a new one */
  const chain = chainOf(source);
  const put = (calls: readonly Call[]): void => {
    set(line, "from", `=${chainText({ ...chain, calls })}`);
    setEdited(undefined);
  };
  const label = (call: Call): string =>
    [call.method ? `:${call.name}` : call.name, ...call.args].join(" ");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a row of buttons, not of fields
    <div className="map-chips" role="group" aria-label={t("mapper.functions")}>
      <code className="map-base truncate foreign">{chain.base}</code>
      {chain.calls.map((call, i) => (
        <button
          type="button"
          // biome-ignore lint/suspicious/noArrayIndexKey: a call is its place in the chain
          key={i}
          className="map-chip mono"
          disabled={readOnly}
          onClick={() => setEdited(i)}
        >
          {label(call)}
        </button>
      ))}
      {!readOnly && (
        <Button
          size="s"
          look="quiet"
          icon={<Plus size={13} />}
          onPress={() => setEdited(chain.calls.length)}
        >
          {t("mapper.function")}
        </Button>
      )}
      {edited !== undefined && (
        <CallDialog
          call={chain.calls[edited]}
          onClose={() => setEdited(undefined)}
          onTake={(call) => put(chain.calls.toSpliced(edited, 1, call))}
          onRemove={() => put(chain.calls.toSpliced(edited, 1))}
        />
      )}
    </div>
  );
}
