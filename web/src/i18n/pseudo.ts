// The pseudo-locale: brackets around each text, accents on its letters, a third more of them.
// What a message's braces hold is left alone, except the texts of a plural or a choice.
const accents: Record<string, string> = {
  a: "á",
  b: "ƀ",
  c: "ç",
  d: "ð",
  e: "é",
  f: "ƒ",
  g: "ĝ",
  h: "ĥ",
  i: "î",
  j: "ĵ",
  k: "ķ",
  l: "ļ",
  m: "ɱ",
  n: "ñ",
  o: "ö",
  p: "þ",
  q: "ʠ",
  r: "ŕ",
  s: "š",
  t: "ţ",
  u: "û",
  v: "ṽ",
  w: "ŵ",
  x: "ẋ",
  y: "ý",
  z: "ž",
  A: "Å",
  B: "Ɓ",
  C: "Ç",
  D: "Ð",
  E: "É",
  F: "Ƒ",
  G: "Ĝ",
  H: "Ĥ",
  I: "Î",
  J: "Ĵ",
  K: "Ķ",
  L: "Ļ",
  M: "Ṁ",
  N: "Ñ",
  O: "Ö",
  P: "Þ",
  Q: "Ǫ",
  R: "Ŕ",
  S: "Š",
  T: "Ţ",
  U: "Û",
  V: "Ṽ",
  W: "Ŵ",
  X: "Ẋ",
  Y: "Ý",
  Z: "Ž",
};

export function pseudo(text: string): string {
  let depth = 0;
  let letters = 0;
  let out = "";
  for (const letter of text) {
    if (letter === "{") depth++;
    else if (letter === "}") depth--;
    // Odd depths are arguments; even ones are texts: {n, plural, one {# run} other {# runs}}.
    const plain = depth % 2 === 1 || letter === "}";
    if (!plain && accents[letter]) letters++;
    out += plain ? letter : (accents[letter] ?? letter);
  }
  return `[${out}${"~".repeat(Math.ceil(letters / 3))}]`;
}
