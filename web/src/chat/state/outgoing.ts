import { currentSpace, currentUser } from "@/lib/credentials";
import type { ApiError } from "@/lib/problem";
import { flush } from "./delivery";
import type { Pending } from "./history";
import type { Attachment, Message } from "./message";
import { dropLetter, keepLetter, type Letter, left, letters } from "./outbox";
import { post } from "./requests";

export type Busy = "enqueue" | "steer" | "interrupt";
export interface Writing {
  text: string;
  attachments: Attachment[];
  agent: string | null;
  onBusy: Busy;
  /** Where it was drafted: that is empty with it. */
  draft: string | null;
}

/** What was written in one conversation and is not in it yet. */
export class Outgoing {
  /** Not known to have been taken by the edge. */
  private readonly unsent = new Map<string, Letter>();
  private readonly refusals = new Map<string, Letter>();
  private pending: Pending[] = [];

  constructor(
    private readonly conversationId: string,
    private readonly user: string,
    private readonly onChange: (pending: Pending[]) => void,
  ) {}

  get unsentSize(): number {
    return this.unsent.size;
  }

  has(id: string): boolean {
    return this.unsent.has(id);
  }

  /** Nothing else has to go before it, nor has it gone. */
  isAlone(id: string): boolean {
    return this.unsent.size === 1 && this.unsent.has(id);
  }

  /** Written down before it is shown or sent: a page that dies then leaves it here. */
  async write(
    { draft, ...writing }: Writing,
    parentId: string | null,
    first: boolean,
  ): Promise<Letter> {
    const letter = {
      ...writing,
      id: crypto.randomUUID(),
      conversationId: this.conversationId,
      first,
      space: currentSpace() ?? "",
      user: this.user,
      parentId,
      writtenAt: later(),
    };
    this.unsent.set(letter.id, letter);
    await keepLetter(letter, draft);
    return letter;
  }

  show(letter: Letter, state: Pending["state"], position?: number): void {
    const { id, text } = letter;
    const one: Pending = { id, text, message: messageOf(letter), state };
    if (position !== undefined) one.position = position;
    this.set([...this.pending.filter(({ id }) => id !== letter.id), one]);
  }

  async taken(id: string): Promise<void> {
    this.unsent.delete(id);
    await dropLetter(id);
  }

  async refused(letter: Letter, error: ApiError): Promise<void> {
    this.refusals.set(letter.id, letter);
    this.show(letter, "refused");
    this.change(letter.id, { error });
    await this.taken(letter.id);
  }

  /** It was handed over and has not arrived. */
  queued(id: string): boolean {
    return this.pending.some((one) => one.id === id && one.state === "queued");
  }

  /** All of those. */
  get allQueued(): string[] {
    return this.pending.filter(({ state }) => state === "queued").map(({ id }) => id);
  }

  /** What has arrived in the conversation waits no longer. */
  settle(messages: Message[]): void {
    const listed = new Set(messages.map(({ id }) => id));
    const left = this.pending.filter(({ id }) => !listed.has(id));
    if (left.length < this.pending.length) this.set(left);
  }

  /** Give it up; what it said, where it was refused. */
  forget(id: string): Letter | undefined {
    const letter = this.refusals.get(id);
    this.refusals.delete(id);
    void this.taken(id);
    this.set(this.pending.filter((one) => one.id !== id));
    return letter;
  }

  /** Whether anything was left here by a page that is gone. */
  async takeUp(): Promise<boolean> {
    const found = (await left(this.conversationId)).filter(this.mine);
    for (const letter of found) {
      if (this.unsent.has(letter.id)) continue;
      this.unsent.set(letter.id, letter);
      this.show(letter, "waiting");
    }
    return found.length > 0;
  }

  /** Hand over what waits, in order, also what a closed tab left; whether all of it went. Where
   * nobody looks, what is refused stays for somebody to see. */
  async flush(onTaken: () => void, seen = true): Promise<boolean> {
    return flush(this.conversationId, this.waiting, post, (letter, fate) => {
      if (fate.kind === "unreachable") return this.change(letter.id, { state: "waiting" });
      // Another tab's too: that one may be gone.
      if (fate.kind === "refused") {
        if (seen) void this.refused(letter, fate.error);
        return;
      }
      this.unsent.delete(letter.id);
      this.show(letter, "queued", fate.position);
      onTaken();
    });
  }

  /** Written down or not. What another tab handed over meanwhile goes once more: the
   * edge answers alike, and this page learns what became of it. */
  private waiting = async (): Promise<Letter[]> => {
    const written = (await letters(this.conversationId)).filter(this.mine);
    const each = new Map([...written, ...this.unsent.values()].map((one) => [one.id, one]));
    return [...each.values()].filter(this.mine);
  };

  /** Another person at this browser sends nothing of this one's, and no space another's. */
  private mine = ({ user, space }: Letter) =>
    user === this.user && user === currentUser() && space === currentSpace();

  private change(id: string, change: Partial<Pending>): void {
    this.set(this.pending.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }

  private set(pending: Pending[]): void {
    this.pending = pending;
    this.onChange(pending);
  }
}

let last = 0;

/** Now, and after all that was written here before: clocks are coarse, and are set back. */
function later(): string {
  last = Math.max(Date.now(), last + 1);
  return new Date(last).toISOString();
}

export function messageOf(letter: Letter): Message {
  return {
    id: letter.id,
    role: "user",
    parts: [{ type: "text", text: letter.text }],
    metadata: { created_at: letter.writtenAt, attachments: letter.attachments },
  };
}

/** What a request carries besides the message. */
export function bodyOf(letter: Letter): object {
  return {
    on_busy: letter.onBusy,
    references: letter.attachments.map(({ document_id }) => document_id),
    ...(letter.agent !== null && { agent: letter.agent }),
    ...(letter.parentId !== null && { parent_id: letter.parentId }),
  };
}
