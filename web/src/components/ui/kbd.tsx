import { cn } from "@/lib/cn";

export function Kbd({ children, inverted }: { children: string; inverted?: boolean }) {
  return (
    <kbd
      className={cn(
        "rounded border px-1.5 font-mono text-[0.6875rem] leading-5",
        inverted ? "border-background/30" : "border-border bg-muted text-muted-foreground",
      )}
    >
      {children}
    </kbd>
  );
}
