import { Chat } from "@ai-sdk/react";
import { ApiError } from "@/lib/problem";
import { passes } from "./delivery";
import { Following } from "./following";
import { parentOf } from "./history";
import { Line } from "./line";
import { relist } from "./lists";
import { isOpen, type Message } from "./message";
import type { Letter } from "./outbox";
import { type Busy, bodyOf, messageOf, Outgoing, type Writing } from "./outgoing";
import { Past } from "./past";
import * as requests from "./requests";
import { beginning, type State } from "./state";
import { Store } from "./store";
import { onTold, type Told, tellTabs } from "./tabs";
import { Transport } from "./transport";

/** Milliseconds that a page waits for what was left in it, before it goes on without. */
const MOMENT = 1_000;

/** One conversation as this page has it: its messages, what runs, what waits to be sent. */
export class Conversation {
  readonly chat: Chat<Message>;
  readonly store: Store<State>;
  private readonly outgoing: Outgoing;
  readonly line: Line;
  private readonly past: Past;
  private readonly leaveTabs: () => void;
  private readonly following: Following;
  private moving: Promise<void> = Promise.resolve();
  /** Over when what a page that is gone left here is known. */
  private takenUp: Promise<unknown> = Promise.resolve();
  /** Being handed over by the request that streams its answer. */
  private asking: Letter | null = null;
  private arrived = false;

  constructor(
    readonly id: string,
    readonly user: string,
    fresh: boolean,
  ) {
    this.store = new Store(beginning(fresh));
    this.outgoing = new Outgoing(id, user, (pending) => this.store.set({ pending }));
    const transport = new Transport(
      (messageId) => this.taken(messageId),
      (found) => this.following.resumed(found),
    );
    this.chat = new Chat<Message>({ id, transport, onData: (part) => this.told(part) });
    this.past = new Past(id, this.chat, this.store, this.outgoing, () => this.busy);
    this.line = new Line(id, this.outgoing, this.store, () => this.past.refresh());
    this.following = new Following(this.chat, this.store, this.past, this.line, () => this.flush());
    this.leaveTabs = onTold((told) => this.heard(told));
    if (!fresh) void this.load();
  }

  dispose(): void {
    this.following.end();
    this.leaveTabs();
    void this.chat.stop();
  }

  /** Whether something that was written here has not gone. */
  get waits(): boolean {
    return this.outgoing.unsentSize > 0;
  }

  /** It is shown as it was read, and the edge knows it. */
  get isRead(): boolean {
    const { phase, there } = this.store.get();
    return phase === "ready" && there;
  }

  private heard({ conversationId, discarded }: Told): void {
    if (conversationId !== this.id) return;
    if (discarded !== undefined) this.outgoing.forget(discarded);
    void this.follow();
  }

  /** Somebody was faster: what was asked here waits behind that, which is followed instead. */
  private told({ type, data }: { type: string; data: unknown }): void {
    if (type !== "data-queued") return;
    const letter = this.asking;
    if (letter) {
      this.outgoing.show(letter, "queued", (data as { position: number }).position);
      this.chat.messages = this.chat.messages.filter(({ id }) => id !== letter.id);
    }
    void this.chat.stop();
  }

  // Reading

  async load(): Promise<void> {
    this.store.set({ phase: "loading", error: null });
    const found = this.outgoing.takeUp();
    const known = soon(found);
    this.takenUp = known;
    const written = await known;
    // A disk that takes its time: what it has goes when it comes.
    if (written === undefined) void found.then((any) => (any ? this.sendLeft() : undefined));
    try {
      await this.past.refresh();
    } catch (error) {
      // One whose first message waits here is not known to the edge yet.
      const unknown = !(error instanceof ApiError) || error.status === 404;
      if (!(written && unknown)) {
        this.store.set({ phase: "failed", error: error as Error });
        // As soon as there is an edge again, it is there by itself.
        return passes(error) ? this.follow() : undefined;
      }
      this.store.set({ phase: "ready", there: false });
    }
    // Behind an answer that runs it may queue at once: following would first read that to its end.
    if (written) await this.flush();
    await this.follow();
  }

  private async sendLeft(): Promise<void> {
    await this.flush();
    await this.follow();
  }

  async loadOlder(): Promise<void> {
    await this.past.older();
  }

  // Following what runs

  get busy(): boolean {
    return this.following.busy;
  }

  follow(): Promise<void> {
    return this.following.follow();
  }

  // Sending

  async send(writing: Writing, parentId: string | null = null): Promise<void> {
    // What was left here goes first.
    await this.takenUp;
    const letter = await this.outgoing.write(writing, parentId, !this.store.get().there);
    // One stream at a time: what is asked while another is looked for goes beside it.
    const free = !this.busy && !this.following.unfinished && !this.following.active;
    if (free && this.outgoing.isAlone(letter.id) && navigator.onLine) return this.ask(letter);
    // One that was written after it may have taken it along.
    if (this.outgoing.has(letter.id)) {
      this.outgoing.show(letter, navigator.onLine ? "sending" : "waiting");
    }
    await this.flush();
    void this.follow();
  }

  /** Nothing runs: one request sends it and streams what answers it. */
  private async ask(letter: Letter): Promise<void> {
    this.past.changed();
    this.asking = letter;
    await this.chat.sendMessage(messageOf(letter), { body: bodyOf(letter) });
    this.asking = null;
    this.past.changed();
    if (this.outgoing.has(letter.id)) this.comeBack(letter, this.chat.error);
    relist();
    await this.follow();
  }

  /** It never arrived, or was refused: it leaves the conversation and waits beside it. */
  private comeBack(letter: Letter, error: Error | undefined): void {
    this.chat.messages = this.chat.messages.filter(({ id }) => id !== letter.id);
    this.chat.clearError();
    if (passes(error)) this.outgoing.show(letter, "waiting");
    else void this.outgoing.refused(letter, error as ApiError);
  }

  private taken(messageId: string | undefined): void {
    this.arrived = true;
    if (messageId !== undefined) void this.outgoing.taken(messageId);
    this.store.set({ link: "live", there: true });
    this.tell();
  }

  private async flush(): Promise<boolean> {
    return this.outgoing.flush(() => {
      this.following.again();
      this.store.set({ there: true });
      this.tell();
    });
  }

  private tell(): void {
    tellTabs(this.id);
    relist();
  }

  /** What was refused, once more and unchanged. */
  async again(id: string): Promise<void> {
    const letter = this.outgoing.forget(id);
    if (!letter) return;
    await this.send({ ...letter, onBusy: letter.onBusy as Busy, draft: null }, letter.parentId);
  }

  forget(id: string): void {
    this.outgoing.forget(id);
    // Another tab has it too, if it was there when that was loaded, and would send it.
    tellTabs(this.id, id);
  }

  // Branches

  /** Until it is known what a message stands behind, as another version of it has to. */
  async readBefore(messageId: string): Promise<void> {
    const isFirst = () => this.chat.messages[0]?.id === messageId;
    while (isFirst() && this.store.get().older !== null) await this.past.older();
  }

  /** Another version of a question, beside the first. */
  async edit(messageId: string, writing: Writing): Promise<void> {
    await this.readBefore(messageId);
    const place = this.chat.messages.findIndex(({ id }) => id === messageId);
    // Not on this path any more: what was written is said all the same.
    if (place < 0) return this.send(writing);
    const parent = parentOf(this.chat.messages, messageId);
    this.past.changed();
    this.chat.messages = this.chat.messages.slice(0, place);
    await this.send(writing, parent);
  }

  /** Another answer to the same question, or the same once more. */
  async regenerate(messageId: string, agent: string | null = null): Promise<void> {
    await this.following.current;
    // Asked for twice in a row.
    if (this.busy || !this.chat.messages.some(({ id }) => id === messageId)) return;
    this.past.changed();
    this.arrived = false;
    await this.chat.regenerate({ messageId, body: agent === null ? {} : { agent } });
    this.past.changed();
    const error = this.chat.error;
    void this.follow();
    if (error && !this.arrived) throw error;
  }

  /** Show another branch, or go back to a message: one after the other, as they were asked for. */
  async move(leaf: requests.Leaf): Promise<void> {
    const moved = this.moving.catch(() => undefined).then(() => requests.moveLeaf(this.id, leaf));
    this.moving = moved;
    await moved;
    this.past.changed();
    tellTabs(this.id);
    await this.past.refresh();
  }

  async stop(): Promise<void> {
    // One that comes too late for the answer on the screen is not meant for the next.
    const last = this.chat.messages.at(-1);
    await requests.stopTurn(this.id, isOpen(last) ? (last?.id ?? null) : null);
    void this.follow();
  }
}

/** What comes of it within a moment; undefined: not yet. */
function soon<T>(work: Promise<T>): Promise<T | undefined> {
  return Promise.race([work, new Promise<undefined>((resolve) => setTimeout(resolve, MOMENT))]);
}
