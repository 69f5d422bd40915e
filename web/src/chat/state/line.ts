import type { Outgoing } from "./outgoing";
import { left } from "./queue";
import * as requests from "./requests";
import type { State } from "./state";
import type { Store } from "./store";
import { tellTabs } from "./tabs";

/** What waits behind a conversation's running turn: the edge alone has all of it, after a reload,
 * from another tab, from somebody else. */
export class Line {
  private looks = 0;
  private told = false;

  constructor(
    private readonly conversationId: string,
    private readonly outgoing: Outgoing,
    private readonly store: Store<State>,
    private readonly refresh: () => Promise<void>,
  ) {}

  private get empty(): boolean {
    return this.store.get().queue.length === 0;
  }

  /** Something was handed over and has not arrived. */
  get isOwed(): boolean {
    return this.outgoing.allQueued.length > 0;
  }

  /** Nothing runs: what was handed over, waits nowhere and has not arrived was taken back. */
  async lookWhenIdle(): Promise<void> {
    const handedOver = this.outgoing.allQueued;
    if (this.empty && handedOver.length === 0) return;
    await this.look();
    if (!this.told || !this.empty) return;
    await this.refresh();
    for (const id of handedOver) if (this.outgoing.queued(id)) this.outgoing.forget(id);
  }

  async look(): Promise<void> {
    this.looks += 1;
    const look = this.looks;
    const queue = await requests.queue(this.conversationId).catch(() => null);
    // With no worker up nobody tells; what was told last stands until somebody does.
    this.told = queue !== null;
    if (queue === null || look !== this.looks) return;
    const before = this.store.get().queue;
    this.store.set({ queue });
    const gone = left(before, queue).filter((id) => this.outgoing.queued(id));
    if (gone.length === 0) return;
    // Each has begun, or was taken back elsewhere: the history has those that have begun.
    await this.refresh().catch(() => undefined);
    for (const id of gone) this.outgoing.forget(id);
  }

  /** Have a message that waits never run. */
  async takeBack(id: string): Promise<void> {
    try {
      await requests.takeBack(this.conversationId, id);
      this.outgoing.forget(id);
    } finally {
      await this.look();
    }
    tellTabs(this.conversationId);
  }
}
