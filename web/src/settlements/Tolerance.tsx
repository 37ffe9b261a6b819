// How it was compared, and what another tolerance would make of it: tried, never kept.
import { useState } from "react";
import { useAsking } from "../app/SignIn.tsx";
import { amountIn } from "../i18n/amounts.ts";
import { useText } from "../i18n/text.tsx";
import { objectOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { TextField } from "../ui/Field.tsx";
import { CLASSES, digitsOf, type Pass, type Settlement, type Sums } from "./settlements.ts";
import { tryTolerance } from "./useSettlements.ts";
import { className, linesOf } from "./words.ts";

interface Wish {
  absolute: string;
  percent: string;
  days: string;
  /** What a currency has instead of the amount for all. */
  currencies: Record<string, string>;
}

const wishOf = (pass: Pass): Wish => ({
  absolute: digitsOf(pass.tolerance?.absolute),
  percent: digitsOf(pass.tolerance?.percent),
  days: pass.days < 0 ? "" : String(pass.days),
  currencies: Object.fromEntries(
    Object.entries(objectOf(pass.tolerance?.currencies)).map(([code, most]) => [
      code,
      digitsOf(most),
    ]),
  ),
});

function asked(pass: Pass, wish: Wish) {
  const own = Object.entries(wish.currencies).map(([code, most]) => [code, most.trim()]);
  const currencies = Object.fromEntries(own.filter(([, most]) => most !== ""));
  return {
    name: pass.name,
    tolerance: {
      ...(wish.absolute.trim() === "" ? {} : { absolute: wish.absolute.trim() }),
      ...(wish.percent.trim() === "" ? {} : { percent: wish.percent.trim() }),
      ...(Object.keys(currencies).length === 0 ? {} : { currencies }),
    },
    days: wish.days.trim() === "" ? -1 : Number(wish.days),
  };
}

/** Lines of both sides in each class, as they are and as they would be. */
function Compared({ one, tried }: { one: Settlement; tried: Sums }) {
  const t = useText();
  return (
    <table className="diff settlement-totals">
      <caption>{t("settlement.tried")}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{t("settlement.now")}</th>
          <th scope="col">{t("settlement.then")}</th>
        </tr>
      </thead>
      <tbody>
        {CLASSES.map((kind) => (
          <tr key={kind}>
            <th scope="row" className="foreign">
              {className(t, kind, one)}
            </th>
            <td className="num">{linesOf(t, one.sums, kind)}</td>
            <td className="num">{linesOf(t, tried, kind)}</td>
          </tr>
        ))}
        {tried.totals.map((total, at) => (
          <tr key={total.currency} className="settlement-sum">
            <th scope="row" className="foreign">
              {t("settlement.openSum")} {total.currency}
            </th>
            <td className="num">{amountIn(one.sums.totals[at]?.open ?? "", total.currency)}</td>
            <td className="num">{amountIn(total.open, total.currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Tolerance({ one }: { one: Settlement }) {
  const t = useText();
  const [wishes, setWishes] = useState(() => one.passes.map(wishOf));
  const [tried, setTried] = useState<Sums | undefined>();
  const [asking, error, ask] = useAsking();
  const set = (at: number, part: Partial<Wish>) =>
    setWishes(wishes.map((wish, own) => (own === at ? { ...wish, ...part } : wish)));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        ask(async () => {
          const passes = one.passes.map((pass, at) => asked(pass, wishes[at] ?? wishOf(pass)));
          setTried(await tryTolerance(one.run, one.step, passes));
        });
      }}
    >
      <p className="muted">{t("settlement.toleranceText")}</p>
      {one.passes.map((pass, at) => (
        <fieldset key={pass.name} className="settlement-pass">
          <legend className="foreign">
            {pass.name}
            {pass.proposes && <> ({t("settlement.proposes")})</>}
          </legend>
          <TextField
            label={t("settlement.absolute")}
            value={wishes[at]?.absolute ?? ""}
            onChange={(absolute) => set(at, { absolute })}
          />
          {Object.entries(wishes[at]?.currencies ?? {}).map(([code, most]) => (
            <TextField
              key={code}
              label={t("settlement.absoluteIn", { currency: code })}
              value={most}
              onChange={(next) =>
                set(at, { currencies: { ...wishes[at]?.currencies, [code]: next } })
              }
            />
          ))}
          <TextField
            label={t("settlement.percent")}
            value={wishes[at]?.percent ?? ""}
            onChange={(percent) => set(at, { percent })}
          />
          <TextField
            label={t("settlement.days")}
            value={wishes[at]?.days ?? ""}
            onChange={(days) => set(at, { days: days.replace(/\D/g, "") })}
          />
        </fieldset>
      ))}
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row">
        <Button
          type="submit"
          pending={asking}
          reason={one.shows === "lines" ? undefined : t("settlement.noMatched")}
        >
          {t("settlement.try")}
        </Button>
      </div>
      {tried && <Compared one={one} tried={tried} />}
    </form>
  );
}
