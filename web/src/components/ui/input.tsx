import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const BOX =
  "w-full rounded-md border border-input bg-card text-foreground placeholder:text-muted-foreground focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-destructive";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(BOX, "h-9 px-3 text-sm", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(BOX, "min-h-20 px-3 py-2 text-sm", className)} {...props} />;
}

/** The browser's own: by keyboard and on phones the best there is. */
export function Select({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(BOX, "h-9 px-2.5 text-sm", className)} {...props} />;
}
