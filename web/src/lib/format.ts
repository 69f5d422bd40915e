/** Numbers and moments as the reader's language writes them. */

const LANGUAGE = navigator.language;
const WHOLE = new Intl.NumberFormat(LANGUAGE);
const SHORT = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat(LANGUAGE, { style: "percent" });
const MOMENT = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const BYTES = ["B", "KB", "MB", "GB"] as const;

export const whole = (value: number): string => WHOLE.format(value);
export const short = (value: number): string => SHORT.format(value);
export const percent = (share: number): string => PERCENT.format(share);
export const moment = (iso: string): string => MOMENT.format(new Date(iso));
export const day = (iso: string): string => DAY.format(new Date(iso));

export function bytes(size: number): string {
  const power = Math.min(
    Math.floor(Math.log(Math.max(size, 1)) / Math.log(1024)),
    BYTES.length - 1,
  );
  const value = size / 1024 ** power;
  return `${value.toLocaleString(LANGUAGE, { maximumFractionDigits: power && value < 10 ? 1 : 0 })} ${BYTES[power]}`;
}

/** US dollars; small amounts keep the digits that matter. Null where no price is known. */
export function dollars(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const amount = Number(value);
  const digits = amount !== 0 && amount < 0.1 ? 5 : 2;
  return new Intl.NumberFormat(LANGUAGE, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(amount);
}

/** "in 3 hours", "2 minutes ago". */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** How long something took. */
export function span(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toLocaleString(LANGUAGE, { maximumFractionDigits: 1 })} s`;
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3_600), "h"],
    [Math.floor((seconds % 3_600) / 60), "min"],
    [Math.floor(seconds % 60), "s"],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}
