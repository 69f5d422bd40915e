import type { Chat } from "@ai-sdk/react";
import { merged, type Page, tail } from "./history";
import type { Message } from "./message";
import type { Outgoing } from "./outgoing";
import * as requests from "./requests";
import type { State } from "./state";
import type { Store } from "./store";

/** What the edge has of a conversation, read into the messages that a page holds. */
export class Past {
  private version = 0;
  private asked = 0;
  private shown = 0;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly id: string,
    private readonly chat: Chat<Message>,
    private readonly store: Store<State>,
    private readonly outgoing: Outgoing,
    private readonly busy: () => boolean,
  ) {}

  /** The messages were changed here: what was asked for before knows nothing of it. */
  changed(): void {
    this.version += 1;
  }

  /** Ask for the newest page; what has not changed is not drawn again. */
  async refresh(): Promise<void> {
    for (;;) {
      const { version } = this;
      this.asked += 1;
      const asked = this.asked;
      const page = await requests.history(this.id, null);
      // Asked again only when a message came or an answer ended meanwhile: no faster than those.
      if (version !== this.version) continue;
      // Answers overtake each other.
      if (asked < this.shown) return;
      this.shown = asked;
      return this.show(page);
    }
  }

  private show(page: Page): void {
    const running = new Set(this.busy() ? tail(this.chat.messages) : []);
    const keep = (message: Message) => this.outgoing.has(message.id) || running.has(message);
    const next = merged(this.chat.messages, page, keep);
    this.chat.messages = next.messages;
    this.store.set({
      phase: "ready",
      error: null,
      there: true,
      ...(next.restarted ? { older: page.next_cursor } : {}),
    });
    this.outgoing.settle(next.messages);
  }

  /** One page more, above. Whoever asks while it is read waits for the same. */
  older(): Promise<void> {
    this.reading ??= this.readOlder().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  private async readOlder(): Promise<void> {
    const { older } = this.store.get();
    if (older === null) return;
    this.store.set({ loadingOlder: true });
    try {
      const page = await requests.history(this.id, older);
      // Another path is shown by now: this is not what is above it.
      if (this.store.get().older !== older) return;
      const held = new Set(this.chat.messages.map(({ id }) => id));
      const items = page.items.filter(({ id }) => !held.has(id));
      this.chat.messages = [...items, ...this.chat.messages];
      this.store.set({ older: page.next_cursor });
    } finally {
      this.store.set({ loadingOlder: false });
    }
  }
}
