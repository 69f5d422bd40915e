import { ApiError } from "@/lib/problem";
import { dropLetter, type Letter } from "./outbox";

/** How a letter fared: taken by the edge, refused by name, or the edge was out of reach. */
export type Fate =
  | { kind: "taken"; position: number }
  | { kind: "refused"; error: ApiError }
  | { kind: "unreachable" };
export type Post = (letter: Letter) => Promise<{ position: number }>;

/** What may be tried again later, unchanged. */
export function passes(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  // Somebody has signed in anew, in another tab: this one learns of it.
  if (error.code === "csrf_invalid") return true;
  return error.status >= 500 || error.status === 429 || error.status === 401;
}

/** Send one; it leaves the outbox when it is taken. Who shows that it was refused may drop it. */
export async function deliver(letter: Letter, post: Post): Promise<Fate> {
  try {
    const { position } = await post(letter);
    await dropLetter(letter.id);
    return { kind: "taken", position };
  } catch (error) {
    if (passes(error)) return { kind: "unreachable" };
    return { kind: "refused", error: error as ApiError };
  }
}

/** Everything that waits in a conversation, in order; one page of this browser at a time. */
export async function flush(
  conversationId: string,
  waiting: () => Promise<Letter[]>,
  post: Post,
  told: (letter: Letter, fate: Fate) => void,
): Promise<boolean> {
  return locked(`holdfast.outbox.${conversationId}`, async () => {
    const tried = new Set<string>();
    for (;;) {
      // Looked at anew for each: one is discarded, another written, while one before it goes.
      const left = (await waiting()).filter(({ id }) => !tried.has(id));
      const letter = left.sort(byTime)[0];
      if (!letter) return true;
      tried.add(letter.id);
      const fate = await deliver(letter, post);
      told(letter, fate);
      if (fate.kind === "unreachable") return false;
    }
  });
}

/** A conversation is sent in the order in which it was written. */
function byTime(one: Letter, other: Letter): number {
  return one.writtenAt.localeCompare(other.writtenAt);
}

/** Two tabs would send the same twice; the edge would answer both alike, so this only saves work. */
async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  return typeof navigator === "undefined" || !navigator.locks
    ? work()
    : navigator.locks.request(name, work);
}
