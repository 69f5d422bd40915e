/** Figures of groups: totals, and what is drawn of them. */

import type { Group, Key, Measure } from "./model";

const DAY = 86_400_000;

/** Whole days in UTC, as they are counted: today and those before it. */
export function sinceDays(days: number, now = Date.now()): string {
  return new Date((Math.floor(now / DAY) - days + 1) * DAY).toISOString();
}

export interface Totals {
  cost: number;
  turns: number;
  requests: number;
  input: number;
  output: number;
  cached: number;
  unpriced: number;
}

export function totalsOf(groups: readonly Group[]): Totals {
  const sum = (of: (group: Group) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  return {
    cost: sum(({ cost_usd }) => Number(cost_usd)),
    turns: sum(({ turns }) => turns),
    requests: sum(({ requests }) => requests),
    input: sum(({ input_tokens }) => input_tokens),
    output: sum(({ output_tokens }) => output_tokens),
    cached: sum(({ cached_tokens }) => cached_tokens),
    unpriced: sum(({ unpriced }) => unpriced),
  };
}

export function measured(group: Group, measure: Measure): number {
  if (measure === "cost") return Number(group.cost_usd);
  return measure === "turns" ? group.turns : group.input_tokens + group.output_tokens;
}

export interface Point {
  key: string | null;
  value: number;
  /** How many it stands for, where it is the sum of the rest. */
  rest?: number;
}

/** Bars that a page has room for. */
const MOST = 12;

/** Days without gaps; of other keys the largest, and the rest together. */
export function pointsOf(
  groups: readonly Group[],
  measure: Measure,
  by: Key,
  window: { since: string; until: string },
): Point[] {
  const points = groups.map((group) => ({ key: group.key, value: measured(group, measure) }));
  if (by === "day") return everyDay(points, window);
  const sorted = points.sort((a, b) => b.value - a.value);
  const rest = sorted.slice(MOST);
  if (rest.length === 0) return sorted;
  const value = rest.reduce((total, point) => total + point.value, 0);
  return [...sorted.slice(0, MOST), { key: null, value, rest: rest.length }];
}

function everyDay(points: Point[], { since, until }: { since: string; until: string }): Point[] {
  const known = new Map(points.map(({ key, value }) => [key?.slice(0, 10), value]));
  const first = Math.floor(Date.parse(since) / DAY);
  const last = Math.floor((Date.parse(until) - 1) / DAY);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const key = new Date((first + index) * DAY).toISOString().slice(0, 10);
    return { key, value: known.get(key) ?? 0 };
  });
}
