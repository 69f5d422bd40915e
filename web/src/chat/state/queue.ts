import type { Pending } from "./history";

/** Pure functions over what waits behind a running turn, as the edge tells it (ADR 0045). */

export interface Queued {
  message_id: string;
  /** Turns ahead of it, the running one included. */
  position: number;
  content: string;
  user_id: string;
}

/** What the edge has in its queue, in its order, before what it has not told of. One's own words
 * keep what only this page knows of them: their attachments. */
export function lined(pending: Pending[], queue: Queued[], user: string): Pending[] {
  if (queue.length === 0) return pending;
  const own = new Map(pending.map((one) => [one.id, one]));
  const queued = queue.map((one) => placed(own.get(one.message_id), one, user));
  const told = new Set(queued.map(({ id }) => id));
  return [...queued, ...pending.filter(({ id }) => !told.has(id))];
}

function placed(known: Pending | undefined, one: Queued, user: string): Pending {
  const { message_id: id, content: text, position } = one;
  const message = { id, role: "user" as const, parts: [{ type: "text" as const, text }] };
  const said = known ?? { id, text, message };
  return { ...said, state: "queued", position, removable: true, theirs: one.user_id !== user };
}

/** Those that were in the queue before and are not any more. */
export function left(before: Queued[], now: Queued[]): string[] {
  const still = new Set(now.map(({ message_id }) => message_id));
  return before.map(({ message_id }) => message_id).filter((id) => !still.has(id));
}
