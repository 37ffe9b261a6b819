/* JSON pointers (RFC 6901), and changing a value at a path without touching what is beside it. */
import { isArray, isObject, type Json, type JsonObject, withMember } from "./json.ts";

export type Path = readonly (string | number)[];

export function pointerOf(path: Path): string {
  return path
    .map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

export function pathOf(pointer: string): string[] {
  if (pointer === "") {
    return [];
  }
  return pointer
    .replace(/^#?\//, "")
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let at = value;
  for (const part of path) {
    if (isArray(at)) {
      at = at[Number(part)];
    } else if (isObject(at) && Object.hasOwn(at, String(part))) {
      at = at[String(part)];
    } else {
      return undefined;
    }
  }
  return at;
}

/** With undefined the place is taken out; objects on the way that are missing are made. */
export function withValueAt(
  value: Json | undefined,
  path: Path,
  next: Json | undefined,
): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) {
    return next;
  }
  if (isArray(value)) {
    const index = head === "-" ? value.length : Number(head);
    const item = withValueAt(value[index], rest, next);
    if (item === undefined) {
      return value.filter((_, i) => i !== index);
    }
    return index >= value.length
      ? [...value, item]
      : value.map((old, i) => (i === index ? item : old));
  }
  const object: JsonObject = isObject(value) ? value : {};
  return withMember(object, String(head), withValueAt(object[String(head)], rest, next));
}
