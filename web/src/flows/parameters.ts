// What a flow asks of people: its constants that are a text, a number or a yes or no, in the words of
// its parameters. Lists and objects are left to the flow's editor.
import type { components } from "../api/schema.d.ts";
import { labelOf } from "../data/schema.ts";
import { isZone } from "../data/zones.ts";
import type { Draft } from "../model/flow.ts";
import {
  arrayOf,
  isNumber,
  type Json,
  numberFrom,
  objectOf,
  sameJson,
  textOf,
} from "../model/json.ts";

type Template = components["schemas"]["Template"];
export type Answer = string | boolean;
export type Answers = Readonly<Record<string, Answer>>;

export interface Asked {
  name: string;
  title: string;
  help: string | undefined;
  kind: "text" | "zone" | "number" | "flag" | "choice";
  value: Answer; // as it is typed; of a choice, its place
  choices: readonly { value: Json; title: string }[];
  /** It has words of its own: the others are asked of who wants to know. */
  isNamed: boolean;
}

/** Of one that the API tells, or that stands in a draft. */
function askedOne(parameter: Json): Asked[] {
  const { name, title, description, value, choices } = objectOf(parameter);
  const own = textOf(name) ?? "";
  const known = arrayOf(choices).map((choice) => {
    const { value: one = null, title: words } = objectOf(choice);
    return { value: one, title: textOf(words) ?? String(one) };
  });
  const asked = {
    name: own,
    title: textOf(title) ?? labelOf(own, {}),
    help: textOf(description),
    choices: known,
    isNamed: textOf(title) !== undefined,
  };
  const place = known.findIndex((choice) => sameJson(choice.value, value));
  if (known.length > 0) return [{ ...asked, kind: "choice", value: String(place) }];
  if (typeof value === "boolean") return [{ ...asked, kind: "flag", value }];
  if (isNumber(value)) return [{ ...asked, kind: "number", value: String(value) }];
  if (typeof value !== "string") return [];
  // Whatever has the name of a zone now is asked as one: no other text looks like Europe/Vienna.
  return [{ ...asked, kind: value.includes("/") && isZone(value) ? "zone" : "text", value }];
}

export function askedOf(template: Pick<Template, "parameters"> | undefined): Asked[] {
  return arrayOf(template?.parameters as Json | undefined).flatMap(askedOne);
}

/** The same of a draft: what it asks, with the answers that it has. */
export function askedIn(draft: Draft | undefined): Asked[] {
  const vars = objectOf(draft?.flow.vars);
  const parameters = arrayOf(draft?.flow.parameters).map(objectOf);
  const named = new Set(parameters.map((one) => textOf(one.name)));
  const others = Object.keys(vars).filter((name) => !named.has(name));
  return [...parameters, ...others.map((name) => ({ name }))].flatMap((one) =>
    askedOne({ ...one, value: vars[textOf(one.name) ?? ""] ?? null }),
  );
}

/** What its lists and objects are called. */
export function leftOf(template: Pick<Template, "parameters">): string[] {
  return (template.parameters ?? [])
    .filter(({ value }) => typeof value === "object" && value !== null)
    .map(({ name, title }) => title ?? labelOf(name, {}));
}

/** The value that an answer stands for; undefined: it is no number, or no zone. */
export function typed(asked: Asked, answer: Answer): Json | undefined {
  if (typeof answer === "boolean") return answer;
  if (asked.kind === "choice") return asked.choices[Number(answer)]?.value;
  if (asked.kind === "zone" && !isZone(answer)) return undefined;
  if (asked.kind !== "number") return answer;
  const plain = answer.trim();
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(plain) ? numberFrom(plain) : undefined;
}

/** All of them by name; undefined when one is not what it has to be. */
export function answeredOf(
  asked: readonly Asked[],
  answers: Answers,
): Record<string, Json> | undefined {
  const all: Record<string, Json> = {};
  for (const one of asked) {
    const value = typed(one, answers[one.name] ?? one.value);
    if (value === undefined) return undefined;
    all[one.name] = value;
  }
  return all;
}
