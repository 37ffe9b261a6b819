// Resource paths: accounts, accounts(guid), accounts(accountnumber='C1'), invoices(guid)/name, accounts/$count.
import { ODataError } from "./errors.ts";

export interface Key {
  name: string; // "" when the key is a bare value: the primary key
  value: string; // without quotes
  quoted: boolean;
}
export interface Resource {
  set: string;
  keys: Key[]; // empty: the whole set
  rest: string; // segment behind it: a property, "$count"; "" if none
}

function bad(text: string): ODataError {
  return new ODataError(400, "0x80060888", `Bad Request - Error in query syntax: ${text}`);
}

/** path: behind the service root, as sent. */
export function readResource(path: string): Resource {
  const segments = splitPath(path).map(decode);
  const first = segments[0] ?? "";
  if (segments.length > 2) throw new ODataError(501, "", "Only one level of navigation is supported.");
  const open = first.indexOf("(");
  if (open < 0) return { set: first, keys: [], rest: segments[1] ?? "" };
  if (!first.endsWith(")")) throw bad("a key has no closing parenthesis");
  return { set: first.slice(0, open), keys: readKeys(first.slice(open + 1, -1)), rest: segments[1] ?? "" };
}

// A quoted key may hold a slash only as %2F, so the raw text can be cut at each slash.
function splitPath(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw bad("a percent sign without two hexadecimal digits");
  }
}

function readKeys(text: string): Key[] {
  const keys: Key[] = [];
  const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)\s*=\s*)?(?:'((?:[^']|'')*)'|([^',=()\s]+))\s*(,|$)/y;
  for (let at = 0; at < text.length || at === 0;) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) throw bad(`the key (${text}) can't be read`);
    const [, name = "", quoted, bare = ""] = found;
    keys.push({ name, quoted: quoted !== undefined, value: quoted?.replaceAll("''", "'") ?? bare });
    at = pattern.lastIndex;
    if (found[4] === "") break;
  }
  if (keys.length > 1 && keys.some((key) => key.name === "")) throw bad("several key values need their names");
  return keys;
}
