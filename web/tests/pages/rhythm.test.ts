import { expect, test } from "vitest";
import { remaining } from "@/approvals/left";
import { rhythm } from "@/pages/inbox/rhythm";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const since = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

test("a call that was approved is asked about until it has run, ever less often", () => {
  const asked = (seconds: number, executed_at: string | null = null) =>
    rhythm({ state: "approved", decided_at: since(seconds), executed_at }, NOW);
  expect([asked(1), asked(59), asked(61), asked(3_599), asked(3_601)]).toEqual([
    1_000,
    1_000,
    15_000,
    15_000,
    false,
  ]);
  expect(asked(5, since(1))).toBe(false);
});

test("of what was not approved nothing more is to come", () => {
  for (const state of ["pending", "denied", "revised", "expired", "withdrawn"] as const) {
    expect(rhythm({ state, decided_at: since(1), executed_at: null }, NOW)).toBe(false);
  }
});

test("how long there is to decide is written as exactly as it matters", () => {
  const minute = 60_000;
  expect([72 * 60 * minute, 125 * minute, 61_000, 5_000].map((left) => remaining(left))).toEqual([
    "3 d",
    "2 h 5 min",
    "1:01",
    "0:05",
  ]);
});
