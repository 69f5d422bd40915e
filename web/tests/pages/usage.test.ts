import { expect, test } from "vitest";
import type { Group } from "@/pages/usage/model";
import { pointsOf, sinceDays, totalsOf } from "@/pages/usage/sums";

const group = (key: string | null, fields: Partial<Group> = {}): Group => ({
  key,
  turns: 1,
  requests: 2,
  input_tokens: 10,
  output_tokens: 5,
  cached_tokens: 4,
  cost_usd: "0.25",
  unpriced: 0,
  ...fields,
});
const WINDOW = { since: "2026-11-01T00:00:00Z", until: "2026-11-04T12:00:00Z" };

test("totals are what the groups have together", () => {
  expect(totalsOf([group("a"), group("b", { cost_usd: "0.5", unpriced: 1 })])).toEqual({
    cost: 0.75,
    turns: 2,
    requests: 4,
    input: 20,
    output: 10,
    cached: 8,
    unpriced: 1,
  });
});

test("days in which nothing was used are drawn as nothing", () => {
  const points = pointsOf([group("2026-11-02")], "tokens", "day", WINDOW);
  expect(points).toEqual([
    { key: "2026-11-01", value: 0 },
    { key: "2026-11-02", value: 15 },
    { key: "2026-11-03", value: 0 },
    { key: "2026-11-04", value: 0 },
  ]);
});

test("the largest come first, and the rest stand together", () => {
  const many = Array.from({ length: 20 }, (_, n) => group(`a${n}`, { turns: n }));
  const points = pointsOf(many, "turns", "agent", WINDOW);
  expect(points).toHaveLength(13);
  expect(points[0]).toEqual({ key: "a19", value: 19 });
  expect(points[12]).toEqual({ key: null, value: 28, rest: 8 });
});

test("a week has seven days, today among them", () => {
  expect(sinceDays(7, Date.parse("2026-11-21T10:00:00Z"))).toBe("2026-11-15T00:00:00.000Z");
});
