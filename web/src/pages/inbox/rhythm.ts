import type { Approval } from "./model";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * How often to ask whether a call that was approved has run, in milliseconds; never about others.
 * It runs within seconds, or when its worker is back.
 */
export function rhythm(
  { state, decided_at, executed_at }: Pick<Approval, "state" | "decided_at" | "executed_at">,
  now = Date.now(),
): number | false {
  if (state !== "approved" || executed_at || !decided_at) return false;
  const since = now - Date.parse(decided_at);
  if (since < MINUTE) return SECOND;
  return since < 60 * MINUTE && 15 * SECOND;
}
