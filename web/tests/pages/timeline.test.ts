import { expect, test } from "vitest";
import { scaleOf } from "@/pages/inspector/scale";
import { timelineOf, type WireEvent } from "@/pages/inspector/timeline";

const START = Date.parse("2026-11-21T09:00:00Z");
let place = 0;

function event(seconds: number, kind: string, fields: object = {}): WireEvent {
  place += 1;
  const at = new Date(START + seconds * 1000).toISOString();
  return { id: `1.${place}`, at, kind, ...fields };
}

const TURN: WireEvent[] = [
  event(0, "turn.started"),
  event(0, "retrieval.started", { query: "tone" }),
  event(1, "retrieval.completed"),
  event(1, "step.started", { step: 1 }),
  event(3, "tool.requested", { step: 1, call_id: "a", name: "send_mail" }),
  event(3, "approval.requested", { step: 1, approval_id: "p", call_id: "a", tool: "send_mail" }),
  event(3603, "approval.decided", { approval_id: "p", decision: "approve" }),
  event(3603, "tool.started", { step: 1, call_id: "a", name: "send_mail" }),
  event(3604, "tool.failed", { step: 1, call_id: "a", name: "send_mail", code: "tool_failed" }),
  event(3604, "step.started", { step: 2 }),
  event(3606, "text.completed", { step: 2, finish: "stop" }),
  event(3606, "turn.completed", { outcome: "completed" }),
];

test("each piece of work is a bar from its beginning to its end", () => {
  const { bars, duration } = timelineOf(TURN, START);
  expect(duration).toBe(3_606_000);
  const told = bars.map((bar) => [bar.key, bar.start / 1e3, bar.end / 1e3, bar.state, bar.outcome]);
  expect(told).toEqual([
    ["retrieval", 0, 1, "done", null],
    ["step:1", 1, 3, "done", null],
    ["wait:p", 3, 3603, "done", "approve"],
    ["tool:a", 3603, 3604, "failed", "tool_failed"],
    ["step:2", 3604, 3606, "done", "stop"],
  ]);
});

test("what has not ended runs until now", () => {
  const { bars, duration } = timelineOf(TURN.slice(0, 4), START + 5000);
  expect(duration).toBe(5000);
  expect(bars.map(({ key, end, state }) => [key, end, state])).toEqual([
    ["retrieval", 1000, "done"],
    ["step:1", 5000, "running"],
  ]);
});

test("a turn without events has no bars", () => {
  expect(timelineOf([], START)).toEqual({ startedAt: START, duration: 0, bars: [] });
});

test("a call that never started keeps the moment when it was asked for", () => {
  const refused = [...TURN.slice(0, 5), event(9, "tool.failed", { call_id: "a", code: "denied" })];
  const call = timelineOf(refused, START).bars.find(({ key }) => key === "tool:a");
  expect(call).toMatchObject({ start: 3000, end: 9000, state: "failed", outcome: "denied" });
});

test("a call that a person was asked about and that never ran is a wait alone", () => {
  const stopped = [...TURN.slice(0, 6), event(9, "turn.stopped", { outcome: "stopped" })];
  expect(timelineOf(stopped, START).bars.map(({ key }) => key)).toEqual([
    "retrieval",
    "step:1",
    "wait:p",
  ]);
});

test("a member's events are one bar that ends with its turn", () => {
  const member = (seconds: number, inner: object) =>
    event(seconds, "agent.event", { step: 1, run_id: "r", agent: "writer", event: inner });
  const { bars } = timelineOf(
    [
      event(0, "turn.started"),
      member(1, { kind: "step.started" }),
      member(4, { kind: "turn.failed", outcome: "failed" }),
    ],
    START,
  );
  expect(bars).toMatchObject([
    { lane: "member", name: "writer", start: 1000, end: 4000, state: "failed" },
  ]);
});

test("events in any order make the same bars", () => {
  expect(timelineOf([...TURN].reverse(), START)).toEqual(timelineOf(TURN, START));
});

test("an axis shortens what only waited, and keeps its order", () => {
  const scale = scaleOf(timelineOf(TURN, START));
  expect(scale.shortened).toEqual([{ from: 3000, to: 3_603_000 }]);
  const places = [0, 1000, 3000, 100_000, 3_604_000, 3_606_000].map(scale.at);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect([scale.at(0), scale.at(3_606_000)]).toEqual([0, 1]);
  expect(scale.at(3000)).toBeGreaterThan(0.3);
});

test("an axis of plain work is as it was", () => {
  const scale = scaleOf(timelineOf(TURN.slice(0, 4), START + 4000));
  expect(scale.shortened).toEqual([]);
  expect(scale.at(1000)).toBe(0.25);
});
