import { type Message, textOf } from "./message";

/** Pure functions over what a page shows of a conversation. */

export interface Page {
  items: Message[];
  next_cursor: string | null;
}
/** Said here and not yet in the conversation as far as this page knows. */
export interface Pending {
  id: string;
  text: string;
  message: Message;
  state: "sending" | "waiting" | "queued" | "refused";
  position?: number;
  /** The edge has told that it waits there: it can be taken back. */
  removable?: boolean;
  /** Somebody else's. */
  theirs?: boolean;
  error?: Error;
}

function same(one: Message, other: Message): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The newest page over what is shown. What did not change stays the same object, so that nothing
 * of it is drawn again; what has no place in it is gone: another branch, or erased. */
export function merged(
  shown: Message[],
  page: Page,
  keep: (message: Message) => boolean,
): { messages: Message[]; restarted: boolean } {
  const first = page.items[0];
  const from = first ? shown.findIndex(({ id }) => id === first.id) : -1;
  const known = new Map(shown.map((message) => [message.id, message]));
  const items = page.items.map((item) => {
    const old = known.get(item.id);
    return old && (keep(old) || same(old, item)) ? old : item;
  });
  const listed = new Set(page.items.map(({ id }) => id));
  const mine = shown.filter((message) => keep(message) && !listed.has(message.id));
  const restarted = from < 0;
  return { messages: [...(restarted ? [] : shown.slice(0, from)), ...items, ...mine], restarted };
}

/** With what waits: a question that the running answer names stands before it, others at the end. */
export function composed(
  messages: Message[],
  pending: Pending[],
): { messages: Message[]; waiting: Pending[] } {
  const listed = new Set(messages.map(({ id }) => id));
  const missing = pending.filter(({ id }) => !listed.has(id));
  if (missing.length === 0) return { messages, waiting: missing };
  const answered = new Set<string>();
  const all = messages.flatMap((message) => {
    const asked = missing.find(({ id }) => id === message.metadata?.user_message_id);
    if (!asked) return [message];
    answered.add(asked.id);
    return [asked.message, message];
  });
  return { messages: all, waiting: missing.filter(({ id }) => !answered.has(id)) };
}

/** What a message said instead of this one would follow. */
export function parentOf(messages: Message[], id: string): string {
  const index = messages.findIndex((message) => message.id === id);
  for (const before of messages.slice(0, Math.max(0, index)).reverse()) {
    if (before.role === "user") return before.id;
    const last = before.metadata?.message_ids?.at(-1);
    if (last) return last;
  }
  return "root";
}

function weight(message: Message): number {
  const reasoning = message.parts.filter((part) => part.type === "reasoning");
  return reasoning.reduce((sum, { text }) => sum + text.length, textOf(message).length);
}

/** While a replayed answer is shorter than what was read already, that stays on the screen. */
export function steady(held: Message | null, now: Message): Message {
  if (held?.id !== now.id || now.metadata?.outcome !== undefined) return now;
  return weight(now) < weight(held) ? held : now;
}

/** The question that is being answered, and its answer. */
export function tail(messages: Message[]): Message[] {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  return messages.slice(Math.max(0, asked));
}
