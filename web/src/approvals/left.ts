import { useEffect, useState } from "react";

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Seconds count in the last hour, minutes before; what ends sooner is not missed. */
function rhythm(left: number): number {
  return left <= HOUR ? Math.min(left, 1_000) : Math.min(left - HOUR, MINUTE);
}

/** Milliseconds until then, counted down; negative once it is over. */
export function useLeft(until: string): number {
  const [now, setNow] = useState(Date.now);
  const left = Date.parse(until) - now;
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), rhythm(left));
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}

/** As people read it: "3 d", "4 h 5 min", "6:07". */
export function remaining(left: number): string {
  const hours = Math.floor(left / HOUR);
  if (hours >= 48) return `${Math.floor(hours / 24)} d`;
  const minutes = Math.floor((left % HOUR) / MINUTE);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return `${minutes}:${String(Math.floor((left % MINUTE) / 1_000)).padStart(2, "0")}`;
}
