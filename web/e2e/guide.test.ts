// docs/GUIDE.md is carried out: its commands by a shell, its lines by the browser, one step after
// the other as they stand there.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { fitted } from "./board.ts";
import { type Line, ROOT, readGuide, type Step } from "./guide.ts";
import { openBrowser, type Visit, visit } from "./world.ts";

const PRINTED_MS = 120_000;
const FOUND_MS = 60_000;

/** What it promises. */
const WHOLE_MS = 15 * 60_000;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(6)} s`;

/** A terminal: a command and the lines that it prints, as they come. */
class Terminal {
  lines: string[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;
  private wake: () => void = () => undefined;
  private over = false;
  constructor(command: string) {
    this.child = spawn("bash", ["-c", command], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((done) => this.child.once("exit", done));
    void this.ended.then(() => {
      this.over = true;
      this.wake();
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        this.lines.push(line);
        this.wake();
      });
    }
  }
  async printed(text: string): Promise<string> {
    const timer = setTimeout(() => this.wake(), PRINTED_MS);
    const until = performance.now() + PRINTED_MS;
    for (;;) {
      const line = this.lines.find((one) => one.includes(text));
      if (line !== undefined) {
        clearTimeout(timer);
        return line;
      }
      const stopped = this.over || performance.now() >= until;
      assert.ok(!stopped, `"${text}" is not printed:\n${this.lines.join("\n")}`);
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }
  async stop(): Promise<void> {
    if (!this.over) this.child.kill("SIGTERM");
    await this.ended;
  }
}

/** Where the guide has what another machine has otherwise. */
interface Here {
  data: string;
  url: string;
  first: string;
  standIn: string;
}

const PORT = "http://127.0.0.1:8080";

function here(text: string, { data, url }: Here): string {
  return text
    .replace(/^\.\/run$/, `./run --port 0 --data ${data}`)
    .replaceAll("data/demo.env", `${data}/demo.env`)
    .replaceAll(PORT, url);
}

/** The first that fits in the window that is open above the others, or in the whole. A dialog that has
 * done its work may be there a moment longer: which window it is is looked at anew until it is there. */
async function found(page: Page, fits: (within: Page | Locator) => Locator): Promise<Locator> {
  const dialogs = page.locator("[role=dialog], [role=alertdialog]");
  const until = performance.now() + FOUND_MS;
  for (;;) {
    const one = fits((await dialogs.count()) > 0 ? dialogs.last() : page).first();
    if (await one.isVisible()) return one;
    assert.ok(performance.now() < until, `it is not there: ${one}`);
    await page.waitForTimeout(50);
  }
}

async function press(page: Page, name: string): Promise<void> {
  const one = await found(page, (within) => {
    const [button, link, tab] = (["button", "link", "tab"] as const).map((role) =>
      within.getByRole(role, { name, exact: true }),
    ) as [Locator, Locator, Locator];
    return button.or(link).or(tab);
  });
  await one.click();
}

/** It can be pressed where it is: a card may lie beyond the edge of its board. */
const isInSight = (one: Locator): Promise<boolean> =>
  one.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  });

/** A card or a row: what is in sight is taken before what would have to be brought there. */
async function choose(page: Page, what: string): Promise<void> {
  let all = page.locator("nothing");
  let one = await found(page, (within) => {
    all = within
      .getByRole("row")
      .filter({ has: page.getByText(what, { exact: true }) })
      .or(within.locator("main .card-title:visible", { hasText: what }))
      .or(within.getByRole("treeitem", { name: what }))
      .or(within.getByRole("option", { name: new RegExp(`^${literally(what)}`) }));
    return all;
  });
  if (await one.evaluate((element) => element.matches(".card-title"))) await fitted(page);
  for (const other of (await isInSight(one)) ? [] : await all.all())
    if (await isInSight(other)) one = other;
  await one.click();
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

async function type(page: Page, label: string, value: string): Promise<void> {
  const one = await found(page, (within) =>
    within
      .getByRole("textbox", { name: label, exact: true })
      .or(within.getByRole("combobox", { name: label, exact: true }))
      .or(within.getByRole("button", { name: new RegExp(`${literally(label)}$`) })),
  );
  if (await one.evaluate((element) => element.matches("input, textarea, [contenteditable]"))) {
    await one.fill(value);
    return;
  }
  await one.click();
  await page.getByRole("option", { name: new RegExp(`^${literally(value)}`, "i") }).click();
}

describe("the guide", () => {
  const terminals: Terminal[] = [];
  const place: Here = {
    data: mkdtempSync(join(tmpdir(), "weft-guide-")),
    url: PORT,
    first: "",
    standIn: "",
  };
  let browser: Browser;
  let screen: Visit;
  before(async () => {
    browser = await openBrowser();
    screen = await visit({ browser });
  });
  after(async () => {
    await browser.close();
    for (const terminal of terminals.reverse()) await terminal.stop();
    rmSync(place.data, { recursive: true, force: true });
  });

  /** What a terminal says that later lines need. */
  async function note(terminal: Terminal, line: string): Promise<void> {
    if (line.startsWith("weft: listening on ")) {
      place.url = line.slice("weft: listening on ".length);
      place.first = /http\S+\/first#\S+/.exec(await terminal.printed("/first#"))?.[0] ?? "";
    } else if (line.startsWith("http://")) {
      place.standIn = line;
    }
  }

  async function carryOut(line: Line): Promise<void> {
    const { page } = screen;
    switch (line.does) {
      case "run":
        terminals.push(new Terminal(here(line.command, place)));
        return;
      case "printed": {
        const terminal = terminals.at(-1);
        assert.ok(terminal);
        await note(terminal, await terminal.printed(line.text.replace(/:8080$/, ":")));
        return;
      }
      case "openFirst":
        await page.goto(place.first);
        return;
      case "press":
        return press(page, line.what);
      case "choose":
        return choose(page, line.what);
      case "type":
        return type(page, line.label, here(line.value, place));
      case "typeAddress":
        return type(page, line.label, place.standIn);
      case "see":
        return page.getByText(line.what).filter({ visible: true }).first().waitFor();
      default:
        return page.locator(".card", { hasText: line.what }).locator(".state-ok").first().waitFor();
    }
  }

  test("each of its lines does what it says", async (t) => {
    const guide: Step[] = readGuide();
    assert.ok(guide.length >= 5, "it is the guide");
    const begun = performance.now();
    for (const { title, lines } of guide) {
      const at = performance.now();
      for (const line of lines) {
        await carryOut(line).catch((cause: unknown) => {
          throw new Error(`docs/GUIDE.md, "${title}": ${JSON.stringify(line)}`, { cause });
        });
      }
      t.diagnostic(`${seconds(performance.now() - at)}  ${title}`);
    }
    const all = performance.now() - begun;
    t.diagnostic(`${seconds(all)}  all of it, behind the first build`);
    assert.ok(all < WHOLE_MS, `the guide takes ${seconds(all)}, and it promises 15 minutes`);
    assert.deepEqual(screen.complaints, []);
  });
});
