import { Progress as Radix } from "radix-ui";
import { cn } from "@/lib/cn";

type Props = { value: number; label: string; className?: string };

/** 0 to 1. */
export function Progress({ value, label, className }: Props) {
  const share = Math.min(Math.max(value, 0), 1);
  return (
    <Radix.Root
      value={Math.round(share * 100)}
      aria-label={label}
      className={cn("h-1.5 w-full overflow-hidden rounded-full bg-secondary", className)}
    >
      <Radix.Indicator
        className="h-full origin-left bg-primary transition-transform"
        style={{ transform: `scaleX(${share})` }}
      />
    </Radix.Root>
  );
}
