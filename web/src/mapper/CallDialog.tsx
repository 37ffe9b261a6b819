/* Chooses a function, or a lookup table, and what else it takes. */
import { ClipboardPaste } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { useEdited } from "../canvas/context.tsx";
import { patient } from "../canvas/patient.ts";
import { useText } from "../i18n/text.tsx";
import { arrayOf, type JsonObject, objectOf, textOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { SearchField, TextField } from "../ui/Field.tsx";
import { useFunctions } from "./asking.ts";
import { type Call, parametersOf } from "./chain.ts";
import type { FunctionOf } from "./server.ts";

const NewLookup = lazy(async () => ({
  default: (await patient(() => import("../rules/Import.tsx"))).NewLookup,
}));

interface Offer extends FunctionOf {
  readonly id: string;
  readonly table?: string;
}

/** What gives nothing that could be mapped, or takes a function. */
const UNFIT = [
  /^(pairs|ipairs|next|select|error|assert|pcall|xpcall|log|print|require|now|null|random)/,
  /^(uuid\.random|string\.gmatch|table\.|math\.(pi|huge|max|min)integer)/,
];

/** lookup("terms", value, class, options): its further keys, and which of several columns. */
function tableCall(table: string, rows: JsonObject): string {
  const keys = arrayOf(rows.keys).map((key) => textOf(key) ?? textOf(objectOf(key).name) ?? "key");
  const values = arrayOf(rows.columns).length - keys.length;
  const column = values > 1 ? ["options?"] : [];
  return `lookup(${[JSON.stringify(table), "value", ...keys.slice(1), ...column].join(", ")})`;
}

function useOffers(): Offer[] {
  const all = useFunctions();
  const tables = useEdited((state) => state.draft.lookups);
  const t = useText();
  return useMemo(() => {
    const lookups = Object.entries(objectOf(tables))
      .filter(([, table]) => objectOf(table).outputs === undefined)
      .map(
        ([table, rows]): Offer => ({
          id: `table ${table}`,
          name: "lookup",
          group: "lookup",
          call: tableCall(table, objectOf(rows)),
          text: t("mapper.lookup", { table }),
          table,
          example: undefined,
        }),
      );
    const fit = all.filter(
      ({ name, call }) =>
        (!UNFIT.some((unfit) => unfit.test(name)) && !call.endsWith("()")) || name.startsWith(":"),
    );
    return [...lookups, ...fit.map((one, i) => ({ ...one, id: `${one.name} ${i}` }))];
  }, [all, tables, t]);
}

function found(offers: readonly Offer[], words: string): Offer[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = offers.map((offer) => {
    const name = `${offer.name} ${offer.table ?? ""}`.toLowerCase();
    const text = `${name} ${offer.call} ${offer.text} ${offer.group}`.toLowerCase();
    const fits = parts.every((part) => text.includes(part));
    return { offer, score: fits ? (parts.some((part) => name.includes(part)) ? 2 : 1) : 0 };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ offer }) => offer);
}

/** The value itself is one of the parameters of a function, none of a method. */
function argumentsOf(offer: Offer | undefined, call: Call | undefined) {
  const all = offer === undefined ? [] : parametersOf(offer.call);
  const at = offer?.table !== undefined || offer?.name.startsWith("lookup") ? 1 : 0;
  const method = offer?.name.startsWith(":") ?? call?.method ?? false;
  if (offer?.table !== undefined) {
    return { at, method, own: all.slice(2) };
  }
  const own = method ? all : all.filter((_, i) => i !== at);
  const missing = Math.max(0, (call?.args.length ?? 0) - own.length);
  const more = Array.from({ length: missing }, (_, i) => ({
    name: `${own.length + i + 1}`,
    standard: undefined,
    needed: false,
  }));
  return { at, method, own: [...own, ...more] };
}

export function CallDialog(props: {
  call: Call | undefined;
  onClose: () => void;
  onTake: (call: Call) => void;
  onRemove: () => void;
}) {
  const t = useText();
  const { call } = props;
  const offers = useOffers();
  const [words, setWords] = useState("");
  const [pasting, setPasting] = useState(false);
  const [id, setId] = useState<string>();
  const written = call === undefined ? undefined : call.method ? `:${call.name}` : call.name;
  const offer =
    offers.find((one) => one.id === id) ??
    (id === undefined
      ? offers.find((one) => one.table === undefined && one.name === written)
      : undefined);
  const chosen = id !== undefined || call !== undefined;
  const { at, method, own } = argumentsOf(offer, id === undefined ? call : undefined);
  const [args, setArgs] = useState<readonly string[]>(call?.args ?? []);
  const lacking = own.some((one, i) => one.needed && i === 0 && (args[i] ?? "").trim() === "");
  const take = (): void => {
    const given = own.map((_, i) => (args[i] ?? "").trim());
    const last = given.findLastIndex((arg) => arg !== "");
    const filled = given.slice(0, last + 1).map((arg, i) => arg || own[i]?.standard || "nil");
    const name = (offer?.name ?? written ?? "").replace(/^:/, "");
    const table = offer?.table === undefined ? [] : [JSON.stringify(offer.table)];
    const kept = id === undefined && call !== undefined ? call.at : at;
    props.onTake({
      name,
      method,
      args: [...table, ...filled],
      at: method ? 0 : Math.min(kept, table.length + filled.length),
    });
  };
  if (pasting) {
    return (
      <Suspense fallback={null}>
        <NewLookup
          onClose={() => setPasting(false)}
          onMade={(table) => {
            setPasting(false);
            setId(`table ${table}`);
          }}
        />
      </Suspense>
    );
  }
  return (
    <Dialog
      title={chosen ? (offer?.call ?? written ?? "") : t("mapper.function")}
      open
      onClose={props.onClose}
      closeLabel={t("act.close")}
      foot={
        chosen && (
          <>
            {call !== undefined && (
              <Button look="quiet" onPress={props.onRemove}>
                {t("mapper.removeFunction")}
              </Button>
            )}
            <span className="spacer" />
            <Button look="primary" onPress={take} disabled={lacking}>
              {t("mapper.take")}
            </Button>
          </>
        )
      }
    >
      {chosen ? (
        <div className="map-args">
          {offer !== undefined && <p className="foreign">{offer.text}</p>}
          {offer?.example !== undefined && <code className="foreign">{offer.example}</code>}
          {own.map((one, i) => (
            <TextField
              key={one.name}
              label={one.name}
              mono
              autoFocus={i === 0}
              required={one.needed && i === 0}
              {...(one.standard === undefined ? {} : { placeholder: one.standard })}
              value={args[i] ?? ""}
              onChange={(text) => setArgs(own.map((_, j) => (j === i ? text : (args[j] ?? ""))))}
            />
          ))}
          {own.length > 0 && <p className="field-help">{t("mapper.argsHelp")}</p>}
        </div>
      ) : (
        <div className="map-functions">
          <div className="map-function-head">
            <SearchField label={t("mapper.find.function")} value={words} onChange={setWords} />
            <Button icon={<ClipboardPaste size={14} />} onPress={() => setPasting(true)}>
              {t("mapper.newLookup")}
            </Button>
          </div>
          <ListBox
            className="menu map-function-list"
            aria-label={t("mapper.functions")}
            items={found(offers, words)}
            onAction={(key) => {
              setId(String(key));
              setArgs([]);
            }}
            renderEmptyState={() => <Empty title={t("mapper.noFunction")} />}
          >
            {(one) => (
              <ListBoxItem id={one.id} textValue={one.call} className="menu-item">
                <span className="menu-text">
                  <code className="foreign">{one.call}</code>
                  <span className="menu-help foreign">{one.text}</span>
                </span>
              </ListBoxItem>
            )}
          </ListBox>
        </div>
      )}
    </Dialog>
  );
}
