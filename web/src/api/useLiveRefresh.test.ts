import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { happened } from "./useLiveRefresh.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const KEY = ["main", "flows"];

/** A checklist that takes so long, read by a screen; which of the readings were not given up. */
function slowly(ms: number) {
  const queries = new QueryClient();
  const given: boolean[] = [];
  const observer = new QueryObserver(queries, {
    queryKey: [...KEY, "checklist"],
    queryFn: async ({ signal }) => {
      const at = given.push(false) - 1;
      await new Promise((done) => setTimeout(done, ms));
      given[at] = !signal.aborted;
      return at;
    },
  });
  const stop = observer.subscribe(() => undefined);
  const end = () => {
    stop();
    queries.clear();
  };
  return { queries, given, end };
}

test("what is slow is read to its end while events come, and then anew for them", async () => {
  const { queries, given, end } = slowly(3_500);
  for (let told = 0; told < 30; told++) {
    happened(queries, KEY);
    happened(queries, KEY);
    await vi.advanceTimersByTimeAsync(300);
  }
  expect(queries.getQueryData([...KEY, "checklist"])).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(given).not.toContain(false);
  expect(queries.getQueryData([...KEY, "checklist"])).toBe(given.length - 1);
  end();
});

test("what happens during the very first reading is read, too", async () => {
  const { queries, given, end } = slowly(2_500);
  happened(queries, KEY);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(given).toEqual([true, true]);
  end();
});
