import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

type Props = {
  icon: ReactNode;
  label: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  open?: boolean;
  testId?: string;
  onOpen?: () => void;
};

/** One line that opens. */
export function Disclosure({ icon, label, aside, children, open, testId, onOpen }: Props) {
  return (
    <details
      open={open}
      onToggle={(event) => event.currentTarget.open && onOpen?.()}
      data-testid={testId}
      className="group/disclosure my-2 rounded-lg border bg-card text-sm"
    >
      <summary className="flex min-h-9 list-none items-center gap-2 rounded-lg px-3 py-1.5 hover:bg-accent [&::-webkit-details-marker]:hidden">
        <span aria-hidden className="text-muted-foreground [&_svg]:size-4">
          {icon}
        </span>
        <span className="min-w-0 flex-1 truncate">{label}</span>
        {aside}
        <ChevronRight
          aria-hidden
          className={cn(
            "size-4 shrink-0 text-muted-foreground transition-transform",
            "group-open/disclosure:rotate-90",
          )}
        />
      </summary>
      <div className="border-t px-3 py-3">{children}</div>
    </details>
  );
}
