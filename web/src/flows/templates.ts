// The gallery of templates: what is looked for in it, and what one of them calls.
import type { components } from "../api/schema.d.ts";
import { type Draft, indexOf } from "../model/flow.ts";
import { objectOf, textOf } from "../model/json.ts";

export type Template = components["schemas"]["Template"];

/** The choice that is no template; no template has this name. */
export const BLANK = "*";

/** What people call a system; systems without a form of their own keep their names. */
export type TitleOf = (system: string) => string;

/** Each system once, however many connections lead to it. */
export function systemsOf(template: Pick<Template, "systems">): string[] {
  return [...new Set(template.systems ?? [])];
}

/** Whether it is about a system: by a connection, or in its name where it reaches the system by
 * another way, as by files or by its database. */
function isOf(template: Template, system: string, titleOf: TitleOf): boolean {
  return systemsOf(template).includes(system) || template.name.includes(titleOf(system));
}

export interface System {
  name: string;
  title: string;
  /** How many templates are about it. */
  count: number;
}

/** The systems that some template connects, in the order of their titles. */
export function systemsOfAll(templates: readonly Template[], titleOf: TitleOf): System[] {
  return [...new Set(templates.flatMap(systemsOf))]
    .map((name) => ({
      name,
      title: titleOf(name),
      count: templates.filter((one) => isOf(one, name, titleOf)).length,
    }))
    .sort((a, b) => a.title.localeCompare(b.title));
}

/** Those that are about the system ("" is any) and have every one of the words somewhere. */
export function searched(
  templates: readonly Template[],
  words: string,
  system: string,
  titleOf: TitleOf,
): Template[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return templates.filter((template) => {
    if (system !== "" && !isOf(template, system, titleOf)) return false;
    const systems = systemsOf(template);
    const { name, description = "" } = template;
    const text = [name, template.template, description, ...systems, ...systems.map(titleOf)]
      .join("\n")
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** The flows that its steps call by name, in loops, too; each once, in the order of the file. */
export function callsOf(draft: Draft): string[] {
  const called = [...indexOf(draft).steps.values()].flatMap(({ type, node }) => {
    const flow = type === "branch.call" ? textOf(objectOf(node.config).flow) : undefined;
    return flow === undefined || flow === "" || flow.startsWith("=") ? [] : [flow];
  });
  return [...new Set(called)];
}
