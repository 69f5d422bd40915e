import { api, got } from "@/lib/api";
import { currentSpace, currentUser } from "@/lib/credentials";
import { sendFile } from "@/pages/documents/send";
import type { Attachment } from "../state/message";
import { Store } from "../state/store";

/** Something that goes along with the message that is being written. */
export interface Enclosure {
  key: string;
  name: string;
  /** reading: the edge has it and takes it in. */
  state: "sending" | "reading" | "ready" | "failed";
  /** 0 to 1, of the sending or of the reading. */
  progress: number;
  error?: Error;
  documentId?: string;
  file?: File;
}

/** Of the space's collections, where what is dropped into a chat goes. */
const COLLECTION = "general";
/** How often a document is asked how far it is, in milliseconds. */
const ASK = 1_000;
/** As many documents as one message may name. */
export const MOST = 10;

type Change = (key: string, change: Partial<Enclosure>) => void;

async function upload(one: Enclosure, file: File, change: Change, signal: AbortSignal) {
  try {
    change(one.key, { state: "sending", progress: 0, error: undefined });
    const whose = { space: currentSpace() ?? "", user: currentUser() ?? "" };
    const job = { file, collection: COLLECTION, ...whose };
    const onProgress = (progress: number) => change(one.key, { progress });
    const made = await sendFile(job, { signal, onProgress });
    change(one.key, { state: "reading", progress: made.progress, documentId: made.id });
    await untilReady(one.key, made.id, change, signal);
  } catch (error) {
    if (!signal.aborted) change(one.key, { state: "failed", error: error as Error });
  }
}

async function untilReady(key: string, id: string, change: Change, signal: AbortSignal) {
  while (!signal.aborted) {
    const path = { document_id: id };
    const now = await got(api.GET("/v1/documents/{document_id}", { params: { path } }));
    if (now.status === "ready") return change(key, { state: "ready", progress: 1 });
    if (now.status === "failed") throw new Error(now.error?.detail ?? now.status);
    change(key, { progress: now.progress });
    await new Promise((resolve) => setTimeout(resolve, ASK));
  }
}

/** What goes along with one message. */
export class Enclosures {
  readonly store: Store<{ enclosures: Enclosure[] }>;
  private readonly aborts = new Map<string, AbortController>();

  constructor(initial: Attachment[]) {
    this.store = new Store({ enclosures: initial.map(known) });
  }

  /** How many were left out because a message takes no more: those are not sent anywhere. */
  add(files: Iterable<File>): number {
    const fresh = [...files].map((file) => ({
      key: crypto.randomUUID(),
      name: file.name,
      state: "sending" as const,
      progress: 0,
      file,
    }));
    const taken = this.put(fresh);
    for (const one of taken) this.start(one, one.file);
    return fresh.length - taken.length;
  }

  /** As `add`, of one that the space has. */
  mention(document: Attachment): number {
    const isHere = this.all.some(({ documentId }) => documentId === document.document_id);
    return isHere ? 0 : 1 - this.put([known(document)]).length;
  }

  start = (one: Enclosure, file: File): void => {
    const abort = new AbortController();
    this.aborts.set(one.key, abort);
    void upload(one, file, this.change, abort.signal);
  };

  remove = (key: string): void => {
    this.aborts.get(key)?.abort();
    this.set(this.all.filter((one) => one.key !== key));
  };

  clear = (): void => this.set([]);

  /** Nobody waits for them any more. */
  end(): void {
    for (const abort of this.aborts.values()) abort.abort();
  }

  private get all(): Enclosure[] {
    return this.store.get().enclosures;
  }

  /** Those that there was room for. */
  private put<T extends Enclosure>(fresh: T[]): T[] {
    const taken = fresh.slice(0, Math.max(0, MOST - this.all.length));
    this.set([...this.all, ...taken]);
    return taken;
  }

  private change: Change = (key, by) =>
    this.set(this.all.map((one) => (one.key === key ? { ...one, ...by } : one)));

  private set(enclosures: Enclosure[]): void {
    this.store.set({ enclosures });
  }
}

function known({ document_id, title }: Attachment): Enclosure {
  return {
    key: document_id,
    name: title ?? document_id,
    state: "ready",
    progress: 1,
    documentId: document_id,
  };
}

/** Those that the edge has, as a message names them. */
export function attached(enclosures: Enclosure[]): Attachment[] {
  return enclosures.flatMap(({ documentId, name, state }) =>
    documentId && state === "ready" ? [{ document_id: documentId, title: name }] : [],
  );
}
