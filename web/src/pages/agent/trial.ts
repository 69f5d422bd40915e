/** What is known of a run so far: a fold over its events, however often some of them come. */

import { type Timeline, timelineOf, type WireEvent } from "@/pages/inspector/timeline";

export interface Trial {
  /** Coarse events: what it did when. */
  events: WireEvent[];
  /** By step; deltas append, whole texts replace. */
  texts: Record<number, Piece[]>;
  inputTokens: number;
  outputTokens: number;
  cost: number | null;
  ended: { outcome: string; detail: string } | null;
}

interface Piece {
  sequence: number;
  text: string;
}

export const NOTHING_YET: Trial = {
  events: [],
  texts: {},
  inputTokens: 0,
  outputTokens: 0,
  cost: null,
  ended: null,
};

type Fold = (trial: Trial, event: WireEvent) => Trial;

const FOLDS: Record<string, Fold> = {
  "text.delta": (trial, event) => said(trial, event, [...pieces(trial, event), piece(event)]),
  "text.snapshot": (trial, event) => said(trial, event, [piece(event)]),
  "text.completed": (trial, event) => said(trial, event, [piece(event)]),
  "attempt.superseded": (trial, event) => {
    const from = Number(event.from_sequence);
    return said(
      trial,
      event,
      pieces(trial, event).filter(({ sequence }) => sequence < from),
    );
  },
  "text.withdrawn": (trial, event) =>
    typeof event.step === "number" ? said(trial, event, []) : { ...trial, texts: {} },
  "usage.recorded": (trial, event) => ({
    ...trial,
    inputTokens: trial.inputTokens + Number(event.input_tokens),
    outputTokens: trial.outputTokens + Number(event.output_tokens),
    cost: event.cost_usd === null ? trial.cost : (trial.cost ?? 0) + Number(event.cost_usd),
  }),
  "turn.completed": ended,
  "turn.failed": ended,
  "turn.stopped": ended,
};
const FINE = new Set(["text.delta", "text.snapshot", "reasoning.delta", "attempt.superseded"]);

export function folded(trial: Trial, event: WireEvent): Trial {
  const kept = FINE.has(event.kind) ? trial : { ...trial, events: [...trial.events, event] };
  return FOLDS[event.kind]?.(kept, event) ?? kept;
}

export function answerOf(trial: Trial): string {
  return Object.keys(trial.texts)
    .sort((a, b) => Number(a) - Number(b))
    .map((step) => (trial.texts[Number(step)] ?? []).map(({ text }) => text).join(""))
    .filter(Boolean)
    .join("\n\n");
}

export const stepsOf = (trial: Trial, now: number): Timeline => timelineOf(trial.events, now);

function ended(trial: Trial, event: WireEvent): Trial {
  return {
    ...trial,
    ended: { outcome: String(event.outcome), detail: String(event.detail ?? "") },
  };
}

function said(trial: Trial, event: WireEvent, now: Piece[]): Trial {
  return { ...trial, texts: { ...trial.texts, [Number(event.step)]: now } };
}

function pieces(trial: Trial, event: WireEvent): Piece[] {
  return trial.texts[Number(event.step)] ?? [];
}

function piece(event: WireEvent): Piece {
  return { sequence: Number(event.id.split(".")[1]), text: String(event.text) };
}
