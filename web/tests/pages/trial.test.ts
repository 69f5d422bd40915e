import { expect, test } from "vitest";
import { answerOf, folded, NOTHING_YET, stepsOf } from "@/pages/agent/trial";
import type { WireEvent } from "@/pages/inspector/timeline";

const event = (sequence: number, kind: string, fields: object = {}): WireEvent => ({
  id: `1.${sequence}`,
  at: new Date(sequence * 1000).toISOString(),
  kind,
  ...fields,
});
const after = (...events: WireEvent[]) => events.reduce(folded, NOTHING_YET);
const delta = (sequence: number, text: string) => event(sequence, "text.delta", { step: 1, text });

test("deltas append and a whole text replaces them", () => {
  expect(answerOf(after(delta(1, "Hel"), delta(2, "lo")))).toBe("Hello");
  const whole = event(3, "text.completed", { step: 1, text: "Hello!" });
  expect(answerOf(after(delta(1, "Hel"), whole))).toBe("Hello!");
});

test("what a second attempt supersedes is dropped", () => {
  const again = event(4, "attempt.superseded", { step: 1, from_sequence: 2 });
  expect(answerOf(after(delta(1, "A"), delta(2, "B"), delta(3, "C"), again, delta(5, "D")))).toBe(
    "AD",
  );
});

test("withdrawn text is gone, of a step or of all", () => {
  const second = event(2, "text.completed", { step: 2, text: "two" });
  const one = event(3, "text.withdrawn", { step: 1 });
  expect(answerOf(after(delta(1, "one"), second, one))).toBe("two");
  expect(answerOf(after(delta(1, "one"), second, event(3, "text.withdrawn", { step: null })))).toBe(
    "",
  );
});

test("usage adds up, and an unknown price stays unknown", () => {
  const usage = (sequence: number, cost_usd: string | null) =>
    event(sequence, "usage.recorded", { step: 1, input_tokens: 5, output_tokens: 2, cost_usd });
  const trial = after(usage(1, "0.5"), usage(2, null));
  expect([trial.inputTokens, trial.outputTokens, trial.cost]).toEqual([10, 4, 0.5]);
  expect(after(usage(1, null)).cost).toBe(null);
});

test("its end says how, and its steps have times", () => {
  const trial = after(
    event(0, "turn.started"),
    event(1, "step.started", { step: 1 }),
    event(3, "turn.failed", { outcome: "failed", code: "x", detail: "It broke." }),
  );
  expect(trial.ended).toEqual({ outcome: "failed", detail: "It broke." });
  expect(stepsOf(trial, 0).bars).toMatchObject([{ start: 1000, end: 3000 }]);
});
