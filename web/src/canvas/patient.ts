/* Parts of the program that are loaded when they are first needed: without an answer they wait,
 * instead of taking what is drawn down with them. */
const FIRST_MS = 1000;
const LONGEST_MS = 15_000;

export async function patient<T>(load: () => Promise<T>): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(2 * wait, LONGEST_MS)) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

/** When there is time: what will be needed soon is there before a connection is lost. */
export function early(loads: readonly (() => Promise<unknown>)[]): void {
  const go = (): void => {
    for (const load of loads) {
      void load().catch(() => undefined);
    }
  };
  if ("requestIdleCallback" in window) {
    window.requestIdleCallback(go, { timeout: 4000 });
  } else {
    setTimeout(go, 1000);
  }
}
