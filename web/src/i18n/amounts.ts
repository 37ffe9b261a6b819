// Amounts as people read them. They are texts of digits and stay so: nothing is computed with them.

/** "-1234567.80" as people read it: "-1,234,567.80". What is no number stays as it is. */
export function grouped(digits: string): string {
  const [, sign, whole, rest] = /^(-?)(\d+)(\.\d+)?$/.exec(digits) ?? [];
  if (whole === undefined) return digits;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${rest ?? ""}`;
}

const minor = new Map<string, number>();

/** How many digits behind the point amounts of the currency have; undefined: it is none. */
function digitsIn(currency: string): number | undefined {
  if (!/^[A-Z]{3}$/.test(currency)) return undefined;
  let digits = minor.get(currency);
  if (digits === undefined) {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    minor.set(currency, digits);
  }
  return digits;
}

/** An amount as people write it in its currency: "1000.00" JPY is "1,000", "1.0050" KWD "1.005".
 * Zeros alone come and go; a digit that says something stays. */
export function amountIn(digits: string, currency: string): string {
  const wanted = digitsIn(currency);
  const [, whole, behind = ""] = /^(-?\d+)(?:\.(\d+))?$/.exec(digits) ?? [];
  if (wanted === undefined || whole === undefined) return grouped(digits);
  const kept = behind.replace(/0+$/, "").padEnd(wanted, "0");
  return grouped(kept === "" ? whole : `${whole}.${kept}`);
}

/** The same with the currency behind it. */
export function moneyOf(digits: string, currency: string): string {
  return digits === "" ? "" : `${amountIn(digits, currency)} ${currency}`.trim();
}
