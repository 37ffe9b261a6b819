// What the screens have read from the program, kept while it is of use.
import { QueryClient } from "@tanstack/react-query";
import { Problem } from "../api/problems.ts";

const TRIES = 3;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // What is refused is refused; what did not arrive may arrive.
      retry: (count, error) => count < TRIES && (!(error instanceof Problem) || error.passing),
      retryDelay: (count) => Math.min(10_000, 500 * 2 ** count),
    },
    mutations: { retry: false },
  },
});

/** Everything is asked anew. */
export const forget = (): void => void queries.resetQueries();
