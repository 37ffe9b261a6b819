// Groups that decide: what of one is changed, and what is sent.
import type { components } from "../api/schema.d.ts";

export type Group = components["schemas"]["Group"];
export type User = components["schemas"]["User"];
export type Role = components["schemas"]["RoleName"];

export interface GroupForm {
  title: string;
  /** By name: of two who change it at once, each keeps whom they have ticked. */
  members: Readonly<Record<string, true>>;
}

/** Somebody who can be in a group of the workspace. */
export interface Mate {
  name: string;
  title: string | undefined;
  role: Role;
  isDisabled: boolean;
}

const byName = (a: string, b: string) => (a < b ? -1 : Number(a > b));

export function formOf(group: Group | undefined): GroupForm {
  const members = (group?.members ?? []).map((name) => [name, true] as const);
  return { title: group?.title ?? "", members: Object.fromEntries(members) };
}

/** Those with a role in the workspace, by name. */
export function matesOf(users: readonly User[], workspace: string): Mate[] {
  return users
    .flatMap(({ name, title, roles, disabled }) => {
      const role = Object.hasOwn(roles, workspace) ? roles[workspace] : undefined;
      return role ? [{ name, title: title ?? undefined, role, isDisabled: disabled }] : [];
    })
    .sort((a, b) => byName(a.name, b.name));
}

export function ticked(form: GroupForm, name: string, isIn: boolean): GroupForm {
  const others = Object.entries(form.members).filter(([one]) => one !== name);
  const members = Object.fromEntries(isIn ? [...others, [name, true] as const] : others);
  return { ...form, members };
}

/** Who is in the group, and no longer in the workspace: they leave with the next saving. */
export function goneOf(form: GroupForm, mates: readonly Mate[]): string[] {
  const here = new Set(mates.map((one) => one.name));
  return Object.keys(form.members)
    .filter((name) => !here.has(name))
    .sort(byName);
}

export function bodyOf(form: GroupForm, mates: readonly Mate[]) {
  const title = form.title.trim();
  const members = mates.map((one) => one.name).filter((name) => Object.hasOwn(form.members, name));
  return { members, ...(title ? { title } : {}) };
}

export function isFound(mate: Mate, words: string): boolean {
  const text = `${mate.name} ${mate.title ?? ""}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
