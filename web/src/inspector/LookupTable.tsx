/* The table that a lookup step reads: its name, the way there, or a new one of pasted rows. */
import { Plus } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { textOf } from "../model/json.ts";
import { LinksTo } from "../rules/RuleLinks.tsx";
import { Button } from "../ui/Button.tsx";
import type { FieldOf } from "../ui/SchemaForm.tsx";

const NewLookup = lazy(async () => ({
  default: (await patient(() => import("../rules/Import.tsx"))).NewLookup,
}));

export function LookupTable({ field, children }: { field: FieldOf; children: ReactNode }) {
  const t = useText();
  const [making, setMaking] = useState(false);
  const name = textOf(field.value);
  return (
    <>
      {children}
      {name !== undefined && <LinksTo pieces={[{ kind: "lookup", name }]} />}
      {!field.readOnly && (
        <div>
          <Button size="s" look="quiet" icon={<Plus size={14} />} onPress={() => setMaking(true)}>
            {t("rules.new.lookup")}
          </Button>
        </div>
      )}
      {making && (
        <Suspense fallback={null}>
          <NewLookup
            onMade={(made) => {
              field.onChange(made);
              setMaking(false);
            }}
            onClose={() => setMaking(false)}
          />
        </Suspense>
      )}
    </>
  );
}
