/** A report's stages as bars: what became of each is told by its step, its call, its approval. */

import type { Inspection, Stage } from "./model";
import type { Bar, BarState, Lane, Timeline } from "./timeline";

const LANES: Record<string, Lane> = {
  retrieval: "retrieval",
  step: "model",
  tool: "tool",
  approval: "wait",
};
const BROKEN = new Set(["failed", "denied", "expired", "invalid", "unknown"]);

export function barsOf(report: Inspection, now: number): Timeline {
  const { turn } = report;
  const startedAt = Date.parse(turn.started_at);
  const end = turn.ended_at ? Date.parse(turn.ended_at) : now;
  const bars = report.stages.map((stage, index) => barOf(stage, index, report, startedAt, end));
  // Clocks of several processes: a stage may end after its turn by theirs.
  const duration = Math.max(end - startedAt, ...bars.map((bar) => bar.end));
  return { startedAt, duration, bars };
}

function barOf(
  stage: Stage,
  index: number,
  report: Inspection,
  startedAt: number,
  end: number,
): Bar {
  const call = report.calls.find((one) => one.call_id === stage.call_id);
  const lane = call?.run_id ? "member" : (LANES[stage.kind] ?? "tool");
  const outcome = outcomeOf(stage, report);
  return {
    key: `${stage.kind}:${stage.call_id ?? stage.step ?? ""}:${index}`,
    lane,
    name: stage.name,
    step: stage.step,
    start: Math.max(0, Date.parse(stage.started_at) - startedAt),
    end: Math.max(0, (stage.ended_at ? Date.parse(stage.ended_at) : end) - startedAt),
    state: stateOf(stage, outcome, report),
    outcome,
  };
}

function stateOf(stage: Stage, outcome: string | null, report: Inspection): BarState {
  if (outcome !== null && BROKEN.has(outcome)) return "failed";
  if (stage.ended_at) return "done";
  // What has no end was cut off, unless the turn goes on.
  return report.turn.outcome === null ? "running" : "failed";
}

function outcomeOf(stage: Stage, { calls, steps, approvals }: Inspection): string | null {
  if (stage.kind === "step") {
    return steps.find(({ step }) => step === stage.step)?.finish_reason ?? null;
  }
  if (stage.call_id === null) return null;
  const about = stage.kind === "approval" ? approvals : [];
  const asked = about.find(({ call_id }) => call_id === stage.call_id);
  return asked?.state ?? calls.find(({ call_id }) => call_id === stage.call_id)?.status ?? null;
}

/** When each step's first token came, in milliseconds since the turn began. */
export function firstTokens({ steps, usage, turn }: Inspection): Map<number, number> {
  const found = new Map<number, number>();
  for (const { step, started_at } of steps) {
    const line = usage.find((one) => one.step === step && one.first_token_ms !== null);
    if (!started_at || line?.first_token_ms == null) continue;
    const start = Date.parse(started_at) - Date.parse(turn.started_at);
    found.set(step, start + line.first_token_ms);
  }
  return found;
}

/** How often a step's model was asked until an answer stood; 1 for everything else. */
export function attemptsOf(bar: Bar, steps: Inspection["steps"]): number {
  const step = bar.lane === "model" && steps.find((one) => one.step === bar.step);
  return step ? step.attempts : 1;
}
