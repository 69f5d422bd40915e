import { ApiError } from "@/lib/problem";
import type { Remedy } from "./queue";

const SECOND = 1_000;
/** A server that is being replaced is back by then. */
const BROKEN = 3;
/** Refusals after which waiting does not help: many files go out minute by minute. */
const CROWDED = 20;
/** Seconds that nobody looks at a list of uploads for. */
const LONGEST = 120;

/** What is sent again without anybody asking: the same bytes twice are one document. */
export function remedyOf(error: unknown, tries: number, online = navigator.onLine): Remedy {
  if (!(error instanceof ApiError)) return null;
  if (error.status === 0) {
    if (!online) return "online";
    return tries < BROKEN ? tries * SECOND : null;
  }
  // Another tab signed in anew: whose session it is now is being asked.
  if (error.code === "csrf_invalid") return tries < BROKEN ? tries * SECOND : null;
  const crowded = error.status === 429 || error.status === 503;
  const after = error.retryAfter ?? 5;
  return crowded && tries < CROWDED && after <= LONGEST ? after * SECOND : null;
}
