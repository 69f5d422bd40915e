/** What a turn did when, as bars on a time axis: pure, from the events that are stored of it. */

export interface WireEvent {
  id: string;
  at: string;
  kind: string;
  [field: string]: unknown;
}

export type Lane = "retrieval" | "model" | "tool" | "wait" | "member";
export type BarState = "done" | "failed" | "running";

export interface Bar {
  key: string;
  lane: Lane;
  name: string;
  step: number | null;
  /** Milliseconds since the turn began. */
  start: number;
  end: number;
  state: BarState;
  /** What became of it, in a word of the API's: a code, a decision. */
  outcome: string | null;
}

export interface Timeline {
  startedAt: number;
  duration: number;
  bars: Bar[];
}

type Fields = Record<string, unknown>;

const TURN_ENDS = new Set(["turn.completed", "turn.failed", "turn.stopped"]);

export function timelineOf(events: readonly WireEvent[], now: number): Timeline {
  const sorted = [...events].sort((a, b) => sequence(a) - sequence(b));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return { startedAt: now, duration: 0, bars: [] };
  const startedAt = Date.parse(first.at);
  const drawing = new Drawing();
  for (const event of sorted) drawing.take(event, Date.parse(event.at) - startedAt);
  const ended = sorted.some((event) => TURN_ENDS.has(event.kind));
  const until = Date.parse(last.at);
  const duration = (ended ? until : Math.max(now, until)) - startedAt;
  return { startedAt, duration, bars: drawing.finished(duration, ended) };
}

class Drawing {
  private readonly bars = new Map<string, Bar>();
  private readonly open = new Set<string>();

  take(event: WireEvent, at: number): void {
    const step = typeof event.step === "number" ? event.step : null;
    const call = `tool:${text(event.call_id)}`;
    const wait = `wait:${text(event.approval_id)}`;
    const on: Record<string, () => void> = {
      "retrieval.started": () => this.begin("retrieval", "retrieval", text(event.query), step, at),
      "retrieval.completed": () =>
        this.finish("retrieval", at, event.error ? "failed" : "done", word(event.error)),
      "step.started": () => this.begin(`step:${step}`, "model", "", step, at),
      "text.completed": () => this.finish(`step:${step}`, at, "done", word(event.finish)),
      "tool.requested": () => this.requested(event, call, step, at),
      "tool.started": () => this.started(event, call, step, at),
      "tool.completed": () => this.finish(call, at, "done", null),
      "tool.failed": () => this.finish(call, at, "failed", word(event.code)),
      "approval.requested": () => this.asked(event, call, wait, step, at),
      "approval.decided": () => this.finish(wait, at, "done", word(event.decision)),
      "approval.expired": () => this.finish(wait, at, "failed", "expired"),
      "agent.event": () => this.member(event, step, at),
    };
    on[event.kind]?.();
  }

  finished(end: number, ended: boolean): Bar[] {
    for (const key of this.open) {
      const bar = this.bars.get(key);
      if (bar) this.bars.set(key, { ...bar, end, state: ended ? "done" : "running" });
    }
    return [...this.bars.values()].sort((a, b) => a.start - b.start);
  }

  /** The model has said all it says in this step. */
  private requested(event: Fields, call: string, step: number | null, at: number): void {
    this.finish(`step:${step}`, at, "done", null);
    this.begin(call, "tool", text(event.name), step, at);
  }

  /** Until somebody has decided, the call is only a wait; it may never run. */
  private asked(event: Fields, call: string, wait: string, step: number | null, at: number): void {
    if (this.open.delete(call)) this.bars.delete(call);
    this.begin(wait, "wait", text(event.tool), step, at);
  }

  /** A call runs from here: what was before was waiting, and has a bar of its own. */
  private started(event: Fields, call: string, step: number | null, at: number): void {
    this.begin(call, "tool", text(event.name), step, at);
    const bar = this.bars.get(call);
    if (bar && this.open.has(call)) this.bars.set(call, { ...bar, start: at });
  }

  /** A member's whole run is one bar: its own page tells more. */
  private member(event: Fields, step: number | null, at: number): void {
    const key = `member:${text(event.run_id)}`;
    this.begin(key, "member", text(event.agent), step, at);
    const inner = (event.event ?? {}) as Fields;
    const kind = text(inner.kind);
    if (!TURN_ENDS.has(kind)) return;
    this.finish(key, at, kind === "turn.completed" ? "done" : "failed", word(inner.outcome));
  }

  private begin(key: string, lane: Lane, name: string, step: number | null, at: number): void {
    if (this.bars.has(key)) return;
    const times = { start: at, end: at };
    this.bars.set(key, { key, lane, name, step, ...times, state: "running", outcome: null });
    this.open.add(key);
  }

  private finish(key: string, at: number, state: BarState, outcome: string | null): void {
    const bar = this.bars.get(key);
    if (bar && this.open.delete(key)) this.bars.set(key, { ...bar, end: at, state, outcome });
  }
}

/** Of `<turn>.<sequence>`: times may tie, places in the log do not. */
function sequence(event: WireEvent): number {
  return Number(event.id.slice(event.id.indexOf(".") + 1));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function word(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
