import type { Chat } from "@ai-sdk/react";
import { ApiError } from "@/lib/problem";
import type { Line } from "./line";
import { relist } from "./lists";
import { isOpen, type Message } from "./message";
import { backoff, pause } from "./network";
import type { Past } from "./past";
import type { State } from "./state";
import type { Store } from "./store";

/** How long a replay may take to catch up before it is shown as it is. */
const CATCH_UP = 3_000;
/** Milliseconds without an answer before the page says that an answer's stream is gone. */
const SILENCE = 1_500;
/** Attempts in a row that found no edge before the page says that it is reconnecting. */
const QUIET_ATTEMPTS = 1;

/** Looks, further and further apart, for what was handed over and runs nowhere yet: some seconds. */
const LOOKS = 3;

/** Takes up what runs in a conversation, one turn after the other, until nothing does. */
export class Following {
  /** Ends with the round that runs now. */
  current: Promise<void> = Promise.resolve();
  active = false;
  private more = false;
  private over = false;
  private found = false;
  private looks = 0;
  /** The edge has refused to tell: nothing is gained by asking again at once. */
  private stuck = false;

  constructor(
    private readonly chat: Chat<Message>,
    private readonly store: Store<State>,
    private readonly past: Past,
    private readonly line: Line,
    private readonly flush: () => Promise<boolean>,
  ) {}

  end(): void {
    this.over = true;
  }

  get busy(): boolean {
    return this.chat.status === "submitted" || this.chat.status === "streaming";
  }

  /** An answer was being written when its stream was lost. */
  get unfinished(): boolean {
    return !this.stuck && !this.refused && isOpen(this.chat.messages.at(-1));
  }

  /** Another turn may run: look once more before it is said that none does. */
  again(): void {
    this.more = true;
  }

  /** Take up whatever runs here until nothing does. Safe to call at any time, from anywhere. */
  async follow(): Promise<void> {
    this.more = true;
    this.stuck = false;
    this.looks = 0;
    if (this.active || this.busy) return this.line.look();
    this.active = true;
    this.current = this.followOn();
    await this.current;
  }

  private async followOn(): Promise<void> {
    try {
      await this.takeUp();
    } finally {
      // At once: whoever asked for more in between would be heard by nobody.
      this.active = false;
      this.release();
      this.store.set({ link: "still" });
    }
  }

  private async takeUp(): Promise<void> {
    let attempt = 0;
    while (!this.over && (this.more || this.unfinished)) {
      this.more = false;
      if (await this.resumeOnce()) {
        attempt = 0;
        continue;
      }
      attempt += 1;
      this.more = true;
      if (this.unfinished) this.store.set({ link: "reconnecting" });
      else if (attempt > QUIET_ATTEMPTS) this.store.set({ link: "away" });
      await pause(backoff(attempt));
    }
  }

  /** Whether the edge answered, and whatever it streamed came to its end. */
  private async resumeOnce(): Promise<boolean> {
    this.found = false;
    // Whoever takes the request and says nothing is as far away as nobody.
    const silent = setTimeout(() => this.silent(), SILENCE);
    await this.chat.resumeStream().finally(() => clearTimeout(silent));
    if (this.found) this.past.changed();
    if (this.refused) return true;
    if (this.found && this.ended) {
      // Another turn may have begun behind this one.
      this.more = true;
      relist();
      return true;
    }
    if (this.found || this.chat.status === "error") return false;
    return this.settle();
  }

  /** Nothing runs: what waits here goes, and what is shown is what the edge has. */
  private async settle(): Promise<boolean> {
    try {
      if (!(await this.flush())) return false;
      if (this.store.get().there) await this.past.refresh();
      await this.settleQueued();
      return true;
    } catch (error) {
      this.stuck = isRefusal(error);
      if (isGone(error)) this.store.set({ phase: "failed", error });
      return this.stuck;
    }
  }

  /** Between two turns, and while a worker comes up, what is next is in no list. */
  private async settleQueued(): Promise<void> {
    if (!this.line.isOwed || this.looks >= LOOKS) return this.line.lookWhenIdle();
    this.looks += 1;
    this.more = true;
    await pause(backoff(this.looks));
  }

  private silent(): void {
    if (!this.found && this.unfinished) this.store.set({ link: "reconnecting" });
  }

  private get refused(): boolean {
    return isRefusal(this.chat.error);
  }

  private get ended(): boolean {
    return this.chat.messages.at(-1)?.metadata?.outcome !== undefined;
  }

  /** A stream was asked for: whether there is one. */
  resumed(found: boolean): void {
    this.found = found;
    if (!found) return;
    this.looks = 0;
    const last = this.chat.messages.at(-1);
    this.store.set({ link: "live", held: isOpen(last) ? (last ?? null) : null });
    setTimeout(() => this.release(), CATCH_UP);
    // Whose question is it? Another tab's, or Slack's, is only in the history.
    setTimeout(() => void this.past.refresh().catch(() => undefined), 0);
    void this.line.look();
  }

  private release(): void {
    if (this.store.get().held) this.store.set({ held: null });
  }
}

/** Named, and the same the next time; who is signed out is asked to sign in. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429;
}

function isGone(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404;
}
