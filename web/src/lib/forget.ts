import { queryClient } from "./query";

const holders = new Set<() => void>();

/** For what the page keeps of a person besides answers. */
export function onForget(holder: () => void): void {
  holders.add(holder);
}

/** Somebody else is signed in, or another space is looked at: nothing of the one is shown in the
 * other. Who it is by now is known already. */
export function forget(): void {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "session" });
  for (const holder of holders) holder();
}
