import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

type Props = { icon: LucideIcon; title: string; text: string; children?: ReactNode };

/** What a page says while it has nothing to show, and what to do about it. */
export function Empty({ icon: Icon, title, text, children }: Props) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center px-4 py-16 text-center">
      <div className="mb-4 rounded-full bg-secondary p-3">
        <Icon aria-hidden className="size-6 text-muted-foreground" />
      </div>
      <h2 className="font-semibold">{title}</h2>
      <p className="mt-1.5 text-muted-foreground text-sm">{text}</p>
      {children && <div className="mt-5 flex gap-2">{children}</div>}
    </div>
  );
}
