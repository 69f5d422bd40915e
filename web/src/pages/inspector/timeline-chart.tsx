import { useTranslation } from "react-i18next";
import { Tip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { span } from "@/lib/format";
import { attemptsOf } from "./bars";
import type { Step } from "./model";
import { useBarName } from "./names";
import { type Scale, scaleOf } from "./scale";
import type { Bar, Lane, Timeline } from "./timeline";

const COLOURS: Record<Lane, string> = {
  retrieval: "bg-info-soft border-primary/50",
  model: "bg-primary border-primary",
  tool: "bg-success border-success",
  wait: "bg-warning-soft border-warning border-dashed",
  member: "bg-accent border-input",
};
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** A bar that was over at once can still be seen. */
const THINNEST = 0.4;

type Props = { timeline: Timeline; steps: Step[]; firstTokens: Map<number, number> };

export function TimelineChart({ timeline, steps, firstTokens }: Props) {
  const { t } = useTranslation("inspector");
  const scale = scaleOf(timeline);
  return (
    <figure className="rounded-xl border p-4">
      <Axis scale={scale} duration={timeline.duration} />
      <ol className="grid gap-1.5">
        {timeline.bars.map((bar) => (
          <BarRow
            key={bar.key}
            bar={bar}
            scale={scale}
            attempts={attemptsOf(bar, steps)}
            first={
              bar.lane === "model" && bar.step !== null ? firstTokens.get(bar.step) : undefined
            }
          />
        ))}
      </ol>
      <figcaption className="mt-3 text-muted-foreground text-xs">
        {t("timeline.legend")}
        {scale.shortened.length > 0 && ` ${t("timeline.shortened")}`}
      </figcaption>
    </figure>
  );
}

/** On a phone a bar stands below its name, as wide as the page. */
const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 sm:grid-cols-[11rem_minmax(0,1fr)_4.5rem]";

/** Of a stretched axis the times between cannot be read off: then only its ends are written. */
function Axis({ scale, duration }: { scale: Scale; duration: number }) {
  const ticks = scale.shortened.length > 0 ? [0, 1] : TICKS;
  return (
    <div aria-hidden className={cn(GRID, "mb-2 text-[0.6875rem] text-muted-foreground")}>
      <span className="max-sm:hidden" />
      <span className="relative block h-4 max-sm:col-span-2">
        {ticks.map((share) => (
          <span
            key={share}
            className={cn(
              "-translate-x-1/2 absolute whitespace-nowrap tabular-nums",
              share === 0 && "translate-x-0",
              share === 1 && "-translate-x-full",
              share % 0.5 !== 0 && "max-sm:hidden",
            )}
            style={{ left: `${share * 100}%` }}
          >
            {span(share * duration)}
          </span>
        ))}
      </span>
      <span />
    </div>
  );
}

type RowProps = { bar: Bar; scale: Scale; attempts: number; first?: number };

function BarRow({ bar, scale, attempts, first }: RowProps) {
  const { t } = useTranslation("inspector");
  const name = useBarName()(bar);
  const left = scale.at(bar.start) * 100;
  const width = Math.max(scale.at(bar.end) * 100 - left, THINNEST);
  const times = { start: span(bar.start), length: span(bar.end - bar.start) };
  const tries = attempts > 1 && t("timeline.attempts", { count: attempts });
  const told = [name, t("timeline.when", times), bar.outcome, tries].filter(Boolean).join(" · ");
  return (
    <li className={GRID}>
      <span className="truncate text-xs">
        {name}
        {tries && <span className="ml-1.5 text-warning">{tries}</span>}
      </span>
      <Tip text={told}>
        <span
          className="relative block h-6 rounded bg-muted max-sm:order-last max-sm:col-span-2"
          role="img"
          aria-label={told}
        >
          <span
            className={cn(
              "absolute inset-y-0.5 rounded border",
              COLOURS[bar.lane],
              bar.state === "failed" && "border-destructive bg-destructive",
              bar.state === "running" && "animate-pulse",
            )}
            style={{ left: `${left}%`, width: `${Math.min(width, 100 - left)}%` }}
          />
          {first !== undefined && (
            <span
              className="absolute inset-y-0 w-0.5 bg-foreground"
              style={{ left: `${scale.at(first) * 100}%` }}
            />
          )}
        </span>
      </Tip>
      <span className="text-right text-muted-foreground text-xs tabular-nums">{times.length}</span>
    </li>
  );
}
