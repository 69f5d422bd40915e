import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./problem";

const TRIES = 3;
/** Longer than somebody looks at an empty page: then it says why, and offers to try again. */
const PATIENCE = 10;

/** What is asked again: not what the edge has refused by name, nor anything without a network. */
export function again(failures: number, error: Error): boolean {
  if (failures >= TRIES || !navigator.onLine) return false;
  if (!(error instanceof ApiError) || error.status >= 500) return true;
  return error.status === 429 && error.retryAfter !== null && error.retryAfter <= PATIENCE;
}

/** In milliseconds: when the edge says, else later each time. */
export function pause(failures: number, error: Error): number {
  const told = error instanceof ApiError ? error.retryAfter : null;
  return told !== null && told <= PATIENCE ? told * 1_000 : 1_000 * 2 ** failures;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: again,
      retryDelay: pause,
      staleTime: 10_000,
      refetchOnWindowFocus: true,
      // Without a network a question fails at once and says so, instead of waiting unseen.
      networkMode: "always",
      refetchOnReconnect: true,
    },
    // A verdict or a deletion that was pressed offline must not go out by itself later.
    mutations: { retry: false, networkMode: "always" },
  },
});
