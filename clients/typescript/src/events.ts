import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { components } from "./schema.js";

/** Anything that a log holds; `kind` tells which. A later server may add kinds: leave those out. */
export type LogEvent = Extract<components["schemas"]["Event"], { id: string }>;

export interface FollowOptions {
  /** `…/v1/conversations/{id}/events`, or a run's. */
  url: string;
  /** The id of the last event that was seen. */
  after?: string;
  /** End when nothing runs, instead of waiting for the next turn. */
  untilIdle?: boolean;
  /** Asked again for each connection: tokens expire. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
  credentials?: RequestCredentials;
  signal?: AbortSignal;
  fetch?: typeof fetch;
  /** Milliseconds without a byte before a connection counts as dead: the server speaks every 15 s. */
  silence?: number;
  onConnection?: (state: "open" | "lost") => void;
}

/** The server said that asking again is no use. */
export class StreamRefusedError extends Error {
  /** `code` is the problem's, the message its detail. */
  constructor(readonly status: number, readonly code: string, detail: string) {
    super(detail);
    this.name = "StreamRefusedError";
  }
}

const SILENCE = 45_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 10_000;
const LONGEST_ASKED = 30_000; // milliseconds that a server may ask for
const LARGEST_EVENT = 16 * 1024 * 1024; // characters; the largest is a list of sources, far below
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Every event after `after`, once and in order, over any number of connections. It ends when the
 * server has nothing more (204); it throws StreamRefusedError, or the signal's reason. */
export async function* follow(options: FollowOptions): AsyncGenerator<LogEvent, void, void> {
  let last = options.after ?? "";
  let attempt = 0;
  let first = FIRST_WAIT;
  for (;;) {
    options.signal?.throwIfAborted();
    let asked: number | undefined;
    const ending = new AbortController();
    const end = () => ending.abort();
    options.signal?.addEventListener("abort", end);
    const within = <T>(work: Promise<T>) => {
      const dead = setTimeout(end, options.silence ?? SILENCE);
      return work.finally(() => clearTimeout(dead));
    };
    try {
      const response = await within(connect(options, last, ending.signal));
      if (response.status === 204) return;
      if (response.ok && response.body !== null) {
        options.onConnection?.("open");
        const retry = (milliseconds: number) => (first = Math.min(milliseconds, LONGEST_ASKED));
        for await (const event of read(response.body, within, retry)) {
          if (!isAfter(event.id, last)) continue;
          last = event.id;
          attempt = 0;
          yield event;
        }
      } else {
        asked = await within(refusal(response));
      }
    } catch (error) {
      if (error instanceof StreamRefusedError) throw error;
    } finally {
      end(); // whoever stops reading lets go of the connection
      options.signal?.removeEventListener("abort", end);
    }
    options.signal?.throwIfAborted();
    options.onConnection?.("lost");
    attempt += 1;
    await pause(asked ?? backoff(attempt, first), options.signal);
  }
}

async function connect(options: FollowOptions, last: string, signal: AbortSignal) {
  const mark = options.url.includes("?") ? "&" : "?";
  const url = options.untilIdle ? `${options.url}${mark}until=idle` : options.url;
  const headers: Record<string, string> = { ...(await options.headers?.()), accept: "text/event-stream" };
  if (last) headers["last-event-id"] = last;
  const request: RequestInit = { headers, signal, cache: "no-store" };
  if (options.credentials) request.credentials = options.credentials;
  return (options.fetch ?? fetch)(url, request);
}

/** The events of one connection; what cannot be read ends it. */
async function* read(
  body: ReadableStream<Uint8Array>,
  within: <T>(work: Promise<T>) => Promise<T>,
  onRetry: (milliseconds: number) => void,
): AsyncGenerator<LogEvent, void, void> {
  const waiting: EventSourceMessage[] = [];
  const onEvent = (message: EventSourceMessage) => waiting.push(message);
  const parser = createParser({ onEvent, onRetry, maxBufferSize: LARGEST_EVENT });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await within(reader.read());
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    for (const message of waiting.splice(0)) {
      const event = JSON.parse(message.data) as LogEvent;
      if (message.id !== undefined) yield event; // without an id it was for its moment alone
    }
  }
}

/** Milliseconds to wait, where asking again helps. */
async function refusal(response: Response): Promise<number | undefined> {
  if (PASSING.has(response.status)) {
    const seconds = Number(response.headers.get("retry-after") ?? "x");
    return seconds >= 0 ? Math.min(seconds * 1000, LONGEST_ASKED) : undefined;
  }
  const problem = await response.json().catch(() => ({}));
  const code = String(problem.code ?? `http_${response.status}`);
  throw new StreamRefusedError(response.status, code, String(problem.detail ?? response.statusText));
}

/** Cursors are `<turn>.<sequence>`, and only rise. */
function isAfter(id: string, last: string): boolean {
  const [turn = 0, sequence = 0] = id.split(".").map(Number);
  const [lastTurn = 0, lastSequence = 0] = last.split(".").map(Number);
  return turn > lastTurn || (turn === lastTurn && sequence > lastSequence);
}

/** Doubled each time, with jitter: readers that were cut together come back apart. */
function backoff(attempt: number, first: number): number {
  return Math.min(LONGEST_WAIT, first * 2 ** Math.min(attempt - 1, 10)) * (0.5 + Math.random() / 2);
}

// By a timer: signals made of others, or of time, may be collected before they fire.
function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
