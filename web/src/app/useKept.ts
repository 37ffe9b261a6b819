// A kept thing in a dialog that changes it. When somebody else was quicker it is read anew without
// closing the dialog: what was typed here stays, everything else is as they have left it.
import { useState } from "react";
import { type Json, sameJson } from "../model/json.ts";

type Members = Record<string, unknown>;

const isPlain = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** `mine` was made of `old`, and so was `theirs`: what I have not changed is theirs. */
export function rebased<Form>(old: Form, mine: Form, theirs: Form): Form {
  if (sameJson(old as Json, mine as Json)) return theirs;
  if (!isPlain(old) || !isPlain(mine) || !isPlain(theirs)) return mine;
  const names = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
  const members = [...names].map((name) => [name, rebased(old[name], mine[name], theirs[name])]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as Form;
}

export function useKept<Thing, Form>(
  given: Thing | undefined,
  formOf: (thing: Thing | undefined) => Form,
  read: (thing: Thing) => Promise<Thing>,
) {
  const [kept, setKept] = useState(given);
  const [form, setForm] = useState(() => formOf(given));
  const anew = async () => {
    if (kept === undefined) return;
    const now = await read(kept);
    setForm((mine) => rebased(formOf(kept), mine, formOf(now)));
    setKept(now);
  };
  return { kept, form, setForm, anew };
}
