// What hands do at the board of a flow.
import type { Page } from "playwright-core";

/** The board has come to rest: for some frames nothing has moved. */
export async function still(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const board = document.querySelector<HTMLElement>(".react-flow__viewport");
    for (let last = "", same = 0; same < 5; ) {
      await new Promise(requestAnimationFrame);
      const now = board?.style.transform ?? "";
      same = now === last ? same + 1 : 0;
      last = now;
    }
  });
}

/** The whole flow is brought into view, beside what stands open there: an inspector covers cards, and
 * a moment after it has opened the board moves. */
export async function fitted(page: Page): Promise<void> {
  if (await page.locator("aside.inspector").isVisible()) {
    await page.locator(".board").focus();
    await page.keyboard.press("1");
  }
  await still(page);
}

/** Chooses a step by its card, and sees that the inspector is this step's. */
export async function inspect(page: Page, step: string): Promise<void> {
  const card = page.locator(`#step-${step} .card-title`);
  await card.waitFor();
  await fitted(page);
  const name = `Step ${await card.textContent()}`;
  await card.click();
  await page.getByRole("complementary", { name, exact: true }).waitFor();
}
