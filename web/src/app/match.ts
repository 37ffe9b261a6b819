/** How well the typed letters name a text: 0 not at all; words' beginnings and runs count more. */
export function score(typed: string, text: string): number {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  const there = text.toLowerCase();
  let total = 0;
  let from = 0;
  let run = 0;
  for (const letter of wanted) {
    const at = there.indexOf(letter, from);
    if (at < 0) return 0;
    const begins = at === 0 || /[\s/_.-]/.test(there[at - 1] ?? "");
    run = at === from && from > 0 ? run + 1 : 0;
    total += 1 + (begins ? 4 : 0) + run * 2;
    from = at + 1;
  }
  return total / (1 + there.length / 200);
}
