/* How a mapping names what it fills: lines[].sku; a dot that belongs to a name behind a backslash. */
export interface TargetName {
  readonly name: string;
  readonly list: boolean /* [] stands behind it */;
}

export function targetNames(to: string): TargetName[] {
  const out: TargetName[] = [];
  let text = "";
  const end = (): void => {
    const list = text.length > 2 && text.endsWith("[]");
    out.push({ name: list ? text.slice(0, -2) : text, list });
    text = "";
  };
  for (let at = 0; at < to.length; at++) {
    const c = to[at];
    if (c === "\\" && to[at + 1] === ".") {
      text += ".";
      at++;
    } else if (c === ".") {
      end();
    } else {
      text += c;
    }
  }
  end();
  return out;
}
