// All systems of a pairing as a process of its own, and a customer who connects a flow to them: what is typed into the
// form of each connection is what the process has printed.
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Locator, Page } from "playwright-core";
import { field, goTo } from "./world.ts";

const tests = resolve(import.meta.dirname, "../../tests");

/** What a connection is made with: the labels of its form, with what is typed. */
export interface Form {
  system: string;
  of: string;
  fields: [label: string, value: string][];
}

export interface StandIns {
  forms: Form[];
  /** The page that shows what was sent by mail. */
  mails: string | undefined;
  /** Tells it something; what it answers. */
  say: (word: "sell" | "stray" | "settle" | "ledger") => Promise<string>;
  stop: () => Promise<void>;
}

export function formOf(forms: readonly Form[], system: string, of = ""): Form {
  const form = forms.find((one) => one.system === system && one.of.startsWith(of));
  if (!form) throw new Error(`nothing is printed for ${system} ${of}`);
  return form;
}

class Process {
  private readonly lines: string[] = [];
  private wake: () => void = () => undefined;
  private over = false;
  readonly child: ChildProcess;
  constructor(pairing: string) {
    this.child = spawn("./node", ["systems/serve.ts", pairing], {
      cwd: tests,
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (!this.child.stdout) throw new Error("it has no output");
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.lines.push(line);
      this.wake();
    });
    this.child.once("exit", () => {
      this.over = true;
      this.wake();
    });
  }
  async next(): Promise<string> {
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) return line;
      if (this.over) throw new Error("the stand-ins have ended");
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }
  async say(word: string): Promise<string> {
    this.child.stdin?.write(`${word}\n`);
    return this.next();
  }
  async stop(): Promise<void> {
    if (this.over) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    await ended;
  }
}

export async function standIns(pairing: string): Promise<StandIns> {
  const process = new Process(pairing);
  const forms: Form[] = [];
  let mails: string | undefined;
  for (;;) {
    const line = await process.next();
    if (line.startsWith("ready:")) break;
    const page = /^mails: (\S+) /.exec(line);
    if (page) {
      mails = page[1];
      continue;
    }
    const field = /^ {2}(.+?): (.*)$/.exec(line);
    const [system = "", of = ""] = line.split(": ");
    if (field) forms.at(-1)?.fields.push([field[1] ?? "", field[2] ?? ""]);
    else if (line !== "" && !/^sale |^orders /.test(line)) forms.push({ system, of, fields: [] });
  }
  return { forms, mails, say: (word) => process.say(word), stop: () => process.stop() };
}

/** What is printed goes into the fields that are called so: text, or one of a list. */
export async function fillIn(dialog: Locator, { fields }: Form): Promise<void> {
  for (const [label, value] of fields) {
    const text = dialog.getByRole("textbox", { name: label, exact: true });
    const list = dialog.getByRole("button", { name: new RegExp(`${label}$`) });
    await text.or(list).first().waitFor();
    if ((await text.count()) > 0) {
      await text.fill(value);
      continue;
    }
    await list.click();
    await dialog.page().getByRole("option", { name: value, exact: true }).click();
  }
}

/** Makes a connection where the set-up misses it, and waits until it is bound. */
export async function connect(page: Page, form: Form, name?: string): Promise<void> {
  const title = `New connection to ${form.system}`;
  await page.getByRole("button", { name: title }).first().click();
  const dialog = page.getByRole("dialog", { name: title });
  if (name !== undefined) await field(dialog, "Name").fill(name);
  const given = await field(dialog, "Name").inputValue();
  await fillIn(dialog, form);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: new RegExp(`^${given} `) }).waitFor();
}

/** Binds a connection of the workspace, and waits until it is what the set-up shows. */
export async function bind(page: Page, label: string, name: string): Promise<void> {
  const places = page.getByRole("button", {
    name: new RegExp(`${label.replace(/[()]/g, "\\$&")}$`),
  });
  await places.click();
  await page.getByRole("option", { name, exact: true }).click();
  await places.filter({ hasText: new RegExp(`^${name}`) }).waitFor();
}

/** Sets a secret where the set-up misses it. */
export async function setSecret(page: Page, name: string, value: string): Promise<void> {
  await page.getByRole("button", { name: `Set ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Set ${name}` });
  await field(dialog, "Value").fill(value);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Somebody who manages people says under People, Groups who decides: these, too. */
export async function decide(page: Page, group: string, people: string[]): Promise<void> {
  await goTo(page, "/users?tab=groups");
  await page.getByRole("button", { name: `What can be done with ${group}`, exact: true }).click();
  await page.getByRole("menuitem", { name: "Change" }).click();
  const dialog = page.getByRole("dialog", { name: `Change ${group}` });
  for (const name of people)
    await dialog.getByRole("checkbox", { name: new RegExp(`^${name} `) }).check({ force: true });
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  for (const name of people)
    await page.getByRole("row", { name: new RegExp(`^${group} .*${name}`) }).waitFor();
}

export async function launch(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^(Launch|Publish it again)$/ }).click();
  const publish = page.getByRole("dialog", { name: "Publish to production" });
  await publish.getByRole("button", { name: "Publish", exact: true }).click();
  await publish.waitFor({ state: "detached" });
  await page.getByText("It is published as it stands").waitFor();
  await page.getByText("It works in production").waitFor();
}
