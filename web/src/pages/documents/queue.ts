/** Many files on their way at once: a few at a time, each with its own progress, and again. */

export type UploadState = "waiting" | "sending" | "done" | "failed" | "cancelled";

export interface Upload<Job, Result> {
  id: number;
  job: Job;
  state: UploadState;
  /** 0 to 1. */
  progress: number;
  result: Result | null;
  error: unknown;
  /** How often it has been tried, since somebody last asked for it. */
  tries: number;
}

export type Send<Job, Result> = (
  job: Job,
  options: { signal: AbortSignal; onProgress: (share: number) => void },
) => Promise<Result>;

/** How a failed one goes on: not by itself, after so many milliseconds, or with the network. */
export type Remedy = number | "online" | null;
export type RemedyOf = (error: unknown, tries: number) => Remedy;
/** Why none is sent just now, though some wait. */
export type Hold = "paused" | "offline" | null;

/** Browsers hold six connections to a host over HTTP/1.1, and streams need theirs. */
export const AT_ONCE = 3;
/** Rows that somebody can still read; more are taken in by the API. */
export const MOST = 500;

interface Options<Result> {
  onDone?: (result: Result) => void;
  remedyOf?: RemedyOf;
  atOnce?: number;
}

export class UploadQueue<Job, Result> {
  private uploads: readonly Upload<Job, Result>[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly aborts = new Map<number, AbortController>();
  private readonly onDone: (result: Result) => void;
  private readonly remedyOf: RemedyOf;
  private readonly atOnce: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hold: Hold = null;
  private last = 0;

  constructor(
    private readonly send: Send<Job, Result>,
    { onDone = () => {}, remedyOf = () => null, atOnce = AT_ONCE }: Options<Result> = {},
  ) {
    this.onDone = onDone;
    this.remedyOf = remedyOf;
    this.atOnce = atOnce;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly Upload<Job, Result>[] => this.uploads;

  readonly held = (): Hold => this.hold;

  /** How many were left out because the list is full. */
  add(jobs: readonly Job[]): number {
    const taken = jobs.slice(0, Math.max(0, MOST - this.uploads.length));
    this.set([...this.uploads, ...taken.map((job) => this.fresh(job))]);
    this.proceed();
    return jobs.length - taken.length;
  }

  retry(id: number): void {
    this.change(id, again);
    this.resume();
  }

  /** Everything that failed; what somebody cancelled stays so. */
  retryFailed(): void {
    this.set(this.uploads.map((one) => (one.state === "failed" ? again(one) : one)));
    this.resume();
  }

  /** Whatever it waited for is over. */
  resume(): void {
    clearTimeout(this.timer);
    this.hold = null;
    this.set(this.uploads);
    this.proceed();
  }

  cancel(id: number): void {
    this.aborts.get(id)?.abort();
    this.change(id, (one) => (one.state === "waiting" ? { ...one, state: "cancelled" } : one));
  }

  /** Takes away what needs nobody any more. */
  clear(): void {
    this.set(this.uploads.filter(({ state }) => state === "waiting" || state === "sending"));
  }

  /** Takes away what is not to be sent any more, nor shown. */
  drop(gone: (job: Job) => boolean): void {
    const left = this.uploads.filter(({ job }) => !gone(job));
    if (left.length === this.uploads.length) return;
    for (const { id, job } of this.uploads) if (gone(job)) this.aborts.get(id)?.abort();
    this.set(left);
    this.resume();
  }

  private fresh(job: Job): Upload<Job, Result> {
    this.last += 1;
    const blank = { progress: 0, result: null, error: null, tries: 0 };
    return { id: this.last, job, state: "waiting", ...blank };
  }

  private proceed(): void {
    while (this.hold === null && this.aborts.size < this.atOnce) {
      const next = this.uploads.find(({ state }) => state === "waiting");
      if (!next) {
        return;
      }
      void this.run(next);
    }
  }

  private async run({ id, job, tries }: Upload<Job, Result>): Promise<void> {
    const abort = new AbortController();
    this.aborts.set(id, abort);
    this.change(id, (one) => ({ ...one, state: "sending", tries: tries + 1 }));
    const onProgress = (progress: number) => this.change(id, (one) => ({ ...one, progress }));
    try {
      const result = await this.send(job, { signal: abort.signal, onProgress });
      this.change(id, (one) => ({ ...one, state: "done", progress: 1, result }));
      this.onDone(result);
    } catch (error) {
      if (abort.signal.aborted) this.change(id, (one) => ({ ...one, state: "cancelled" }));
      else this.failed(id, error, tries + 1);
    } finally {
      this.aborts.delete(id);
      this.proceed();
    }
  }

  private failed(id: number, error: unknown, tries: number): void {
    const remedy = this.remedyOf(error, tries);
    if (remedy === null) {
      this.change(id, (one) => ({ ...one, state: "failed", error }));
      return;
    }
    // The others would fare no better: all of them wait.
    clearTimeout(this.timer);
    this.hold = remedy === "online" ? "offline" : "paused";
    if (remedy !== "online") this.timer = setTimeout(() => this.resume(), remedy);
    this.change(id, (one) => ({ ...one, state: "waiting", progress: 0 }));
  }

  private change(id: number, by: (one: Upload<Job, Result>) => Upload<Job, Result>): void {
    this.set(this.uploads.map((one) => (one.id === id ? by(one) : one)));
  }

  private set(uploads: readonly Upload<Job, Result>[]): void {
    this.uploads = uploads;
    for (const listener of this.listeners) {
      listener();
    }
  }
}

function again<Job, Result>(one: Upload<Job, Result>): Upload<Job, Result> {
  if (one.state !== "failed" && one.state !== "cancelled") return one;
  return { ...one, state: "waiting", progress: 0, error: null, tries: 0 };
}
