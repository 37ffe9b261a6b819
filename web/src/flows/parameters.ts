// What a template asks for: its constants that are a text, a number or a yes or no. Lists and objects are left to the
// flow's editor.
import type { components } from "../api/schema.d.ts";

type Template = components["schemas"]["Template"];
export type Answer = string | boolean;

export interface Asked {
  name: string;
  kind: "text" | "number" | "flag";
  value: Answer; // as it is typed
}

export function askedOf(template: Pick<Template, "parameters"> | undefined): Asked[] {
  return (template?.parameters ?? []).flatMap(({ name, value }): Asked[] => {
    if (typeof value === "string") return [{ name, kind: "text", value }];
    if (typeof value === "number") return [{ name, kind: "number", value: String(value) }];
    return typeof value === "boolean" ? [{ name, kind: "flag", value }] : [];
  });
}

/** The names of its lists and objects. */
export function leftOf(template: Pick<Template, "parameters">): string[] {
  return (template.parameters ?? [])
    .filter(({ value }) => typeof value === "object" && value !== null)
    .map(({ name }) => name);
}

/** The value that an answer stands for; undefined: it is no number. */
export function typed(asked: Asked, answer: Answer): string | number | boolean | undefined {
  if (asked.kind !== "number" || typeof answer === "boolean") return answer;
  const plain = answer.trim();
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : undefined;
}

/** All of them by name; undefined when one is not what it has to be. */
export function answeredOf(
  asked: readonly Asked[],
  answers: Readonly<Record<string, Answer>>,
): Record<string, string | number | boolean> | undefined {
  const all: Record<string, string | number | boolean> = {};
  for (const one of asked) {
    const value = typed(one, answers[one.name] ?? one.value);
    if (value === undefined) return undefined;
    all[one.name] = value;
  }
  return all;
}
