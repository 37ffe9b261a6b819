// A person without a mouse: everything by keys. Wherever Tab leads the focus must be seen, within the
// window and not under anything else.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** So many stops there are at most between two things that somebody wants on one screen. */
const MOST_STOPS = 60;
const ARRIVED_MS = 45_000;

export interface Stop {
  name: string;
  role: string;
  /** What is wrong with it as a place of the focus. */
  fault: string;
}

/** What has the focus now: its name, and whether an eye finds it. */
export async function focused(page: Page): Promise<Stop> {
  return page.evaluate(async () => {
    await new Promise(requestAnimationFrame); // what appears with the focus is there, and at rest
    const changes = document.getAnimations().filter((one) => one instanceof CSSTransition);
    await Promise.allSettled(changes.map((one) => one.finished));
    const at = document.activeElement as HTMLElement | null;
    if (!at || at.matches("body, main")) return { name: "", role: "body", fault: "" };
    const labelled = (at.getAttribute("aria-labelledby") ?? "")
      .split(/\s+/)
      .map((id) => document.getElementById(id)?.textContent ?? "")
      .join(" ")
      .trim();
    const label = (at as HTMLInputElement).labels?.[0]?.textContent ?? "";
    const name =
      labelled || (at.getAttribute("aria-label") ?? "") || label || (at.textContent ?? "");
    const role = at.getAttribute("role") ?? at.tagName.toLowerCase();
    const outlined = (one: Element | null): boolean => {
      if (!one) return false;
      return [undefined, "::after"].some((part) => {
        const { outlineStyle, outlineWidth, boxShadow, content } = getComputedStyle(one, part);
        if (part !== undefined && content === "none") return false;
        return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      });
    };
    const marked = at.getAttribute("aria-activedescendant");
    const near = [at, at.parentElement, at.closest("label, .cm-editor, .search, .field")];
    const shown = near.some(outlined) || (marked !== null && marked !== "");
    const box = at.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0) + 1, Math.min(box.right, innerWidth) - 1];
    const [over, under] = [Math.max(box.top, 0) + 1, Math.min(box.bottom, innerHeight) - 1];
    const seen = (x: number, y: number): boolean => {
      const top = document.elementFromPoint(x, y);
      return top !== null && (at.contains(top) || top.contains(at) || !!top.closest("label"));
    };
    const clear =
      seen((left + right) / 2, (over + under) / 2) || seen(left, over) || seen(right, under);
    let fault = "";
    if (!shown) fault = "nothing shows that it has the focus";
    else if (!clear) fault = `it is not in view: ${JSON.stringify(box)}`;
    return { name: name.replace(/\s+/g, " ").replace(/ \*$/, "").trim(), role, fault };
  });
}

/** Two keys one behind the other, as one hand does it: the second is not kept back until a slow page
 * has taken the first, which would be two presses then. */
export async function sequence(page: Page, first: string, second: string): Promise<void> {
  await Promise.all([page.keyboard.press(first), page.keyboard.press(second)]);
}

export class Keys {
  readonly page: Page;
  /** The stops at which an eye would lose the focus. */
  readonly lost: string[] = [];
  constructor(page: Page) {
    this.page = page;
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** What was done leads the focus there by itself. */
  async arrived(wanted: string | RegExp): Promise<void> {
    const fits = (name: string) =>
      typeof wanted === "string" ? name === wanted : wanted.test(name);
    const until = performance.now() + ARRIVED_MS;
    let at = await focused(this.page);
    while (!fits(at.name)) {
      assert.ok(performance.now() < until, `the focus is at ${at.role} ${at.name}, not ${wanted}`);
      at = await focused(this.page);
    }
  }

  /** Tab, until what is wanted has the focus; none when it has it already. */
  async to(wanted: string | RegExp, key = "Tab"): Promise<void> {
    const passed: string[] = [];
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      if (stops > 0) await this.press(key);
      const { name, role, fault } = await focused(this.page);
      if (fault !== "") this.lost.push(`${role} ${name}: ${fault}`);
      passed.push(`${role} "${name.slice(0, 50)}"`);
      if (typeof wanted === "string" ? name === wanted : wanted.test(name)) return;
    }
    assert.fail(`${key} does not come to ${wanted}; it passes\n${passed.join("\n")}`);
  }

  /** Into a field what it shall hold. */
  async fill(name: string | RegExp, text: string): Promise<void> {
    await this.to(name);
    await this.press("Control+a");
    await this.type(text);
  }

  /** One of a list that opens: by its first letters, as the system does it. */
  async choose(name: string | RegExp, option: RegExp, letters: string): Promise<void> {
    await this.to(name);
    await this.press("Enter");
    await this.page.getByRole("option", { name: option }).first().waitFor();
    // Until the list has the focus letters are the button's.
    await this.page.waitForFunction(
      () => document.activeElement?.closest("[role=listbox]") !== null,
    );
    await this.type(letters);
    await this.page.waitForFunction(
      (pattern) => new RegExp(pattern).test(document.activeElement?.textContent ?? ""),
      option.source,
    );
    await this.press("Enter");
    await this.page.getByRole("listbox").waitFor({ state: "detached" });
  }
}
