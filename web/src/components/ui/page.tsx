import type { ReactNode, Ref } from "react";
import { usePageTitle } from "@/lib/page-title";

type Props = {
  title: string;
  description?: string;
  actions?: ReactNode;
  children: ReactNode;
  /** What scrolls: for lists that draw only what is seen. */
  scroller?: Ref<HTMLDivElement>;
};

/** The frame of every page but the chat: one heading, its actions, its content. */
export function Page({ title, description, actions, children, scroller }: Props) {
  usePageTitle(title);
  return (
    <div ref={scroller} className="h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-8 sm:py-8">
        <header className="mb-6 flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0 flex-1 basis-72">
            <h1 className="wrap-anywhere font-semibold text-2xl tracking-tight">{title}</h1>
            {description && (
              <p className="wrap-anywhere mt-1 text-muted-foreground text-sm">{description}</p>
            )}
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}
