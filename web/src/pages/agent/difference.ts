/** What became of an agent between two of its versions. */

import { diffLines } from "diff";
import type { Agent } from "@/pages/agents/model";

export interface Line {
  kind: "same" | "added" | "removed";
  text: string;
}

export interface Difference {
  field: string;
  lines: Line[];
}

/** Unchanged lines around a change that are still shown. */
const AROUND = 3;

/** Every field that differs, line by line; in the order of the newer one. */
export function differences(before: Agent, after: Agent): Difference[] {
  const fields = [...new Set([...Object.keys(after), ...Object.keys(before)])] as (keyof Agent)[];
  return fields
    .filter((field) => field !== "version")
    .map((field) => ({ field, from: written(before[field]), to: written(after[field]) }))
    .filter(({ from, to }) => from !== to)
    .map(({ field, from, to }) => ({ field, lines: folded(linesOf(from, to)) }));
}

function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function linesOf(from: string, to: string): Line[] {
  return diffLines(from, to, { newlineIsToken: false }).flatMap(({ value, added, removed }) => {
    const kind = added ? "added" : removed ? "removed" : "same";
    return value
      .replace(/\n$/, "")
      .split("\n")
      .map((text): Line => ({ kind, text }));
  });
}

/** Without the long stretches that are the same; "…" stands for them. */
function folded(lines: Line[]): Line[] {
  const near = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - AROUND), index + AROUND + 1)
      .some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap((line, index) => {
    if (near[index]) return [line];
    return index === 0 || near[index - 1] ? [{ kind: "same", text: "…" } as const] : [];
  });
}
