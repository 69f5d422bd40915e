/** An axis on which hours of waiting for a person take no more room than they deserve. */

import type { Timeline } from "./timeline";

export interface Stretch {
  from: number;
  to: number;
}

export interface Scale {
  /** Milliseconds to 0..1. */
  at(moment: number): number;
  /** What is drawn shorter than it was. */
  shortened: Stretch[];
}

/** A quiet stretch longer than this share of the work is drawn as this share of it. */
const SHARE = 0.25;

export function scaleOf({ bars, duration }: Timeline): Scale {
  const busy = merged(
    bars.filter((bar) => bar.lane !== "wait").map(({ start, end }) => ({ from: start, to: end })),
  );
  const work = busy.reduce((sum, { from, to }) => sum + to - from, 0);
  const shortest = Math.max(work * SHARE, 1);
  const shortened = gaps(busy, duration).filter(({ from, to }) => to - from > shortest * 2);
  const drawn = (moment: number): number =>
    shortened.reduce((sum, gap) => {
      const inside = Math.min(Math.max(moment - gap.from, 0), gap.to - gap.from);
      return sum - inside + (inside / (gap.to - gap.from)) * shortest;
    }, moment);
  const whole = drawn(duration) || 1;
  return {
    at: (moment) => Math.min(Math.max(drawn(moment) / whole, 0), 1),
    shortened,
  };
}

function merged(stretches: Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (const one of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = found[found.length - 1];
    if (last && one.from <= last.to) {
      last.to = Math.max(last.to, one.to);
    } else {
      found.push({ ...one });
    }
  }
  return found;
}

function gaps(busy: Stretch[], duration: number): Stretch[] {
  const edges = [{ from: 0, to: 0 }, ...busy, { from: duration, to: duration }];
  return edges.slice(1).flatMap((next, index) => {
    const before = edges[index];
    return before && next.from > before.to ? [{ from: before.to, to: next.from }] : [];
  });
}
