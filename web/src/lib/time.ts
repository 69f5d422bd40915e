const DAY = 86_400_000;

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Whole days before today, by the reader's clock. */
export function daysAgo(at: string, now: Date): number {
  return Math.round((midnight(now) - midnight(new Date(at))) / DAY);
}
