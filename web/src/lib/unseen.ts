import type { Mutation, MutationCache } from "@tanstack/react-query";

/**
 * Tells why something failed when nothing on the page is left to show it: its form or dialog was
 * closed meanwhile, or has asked for something else. What tells by its own `onError` always does.
 */
export function tellUnseen(mutations: MutationCache, tell: (error: Error) => void): void {
  const watched = new WeakSet<Mutation>();
  mutations.subscribe((event) => {
    if (event.type === "observerAdded") watched.add(event.mutation);
    else if (event.type === "observerRemoved") watched.delete(event.mutation);
    else if (event.type === "updated" && event.action.type === "error") {
      const { mutation, action } = event;
      if (!watched.has(mutation) && !mutation.options.onError) tell(action.error);
    }
  });
}
