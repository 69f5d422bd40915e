import { Command } from "cmdk";
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { type Query, Unknown } from "./found";

type Props = {
  label: string;
  placeholder: string;
  query: string;
  onQuery: (query: string) => void;
  found: Query<unknown> & { isSuccess: boolean };
  /** What is said when there is nothing to choose from. */
  nothing: string;
  children: ReactNode;
};

/** A field, and beneath it what to choose from. The edge searches; what it finds is shown as it is. */
export function Search({ label, placeholder, query, onQuery, found, nothing, children }: Props) {
  return (
    <>
      <Command label={label} shouldFilter={false}>
        <Command.Input
          value={query}
          onValueChange={onQuery}
          placeholder={placeholder}
          className="h-12 w-full border-b bg-transparent pr-14 pl-4 text-base outline-none placeholder:text-muted-foreground"
        />
        <Command.List className="max-h-[min(24rem,60dvh)] overflow-y-auto p-2">
          {found.isSuccess && (
            <Command.Empty className="px-3 py-8 text-center text-muted-foreground text-sm">
              {nothing}
            </Command.Empty>
          )}
          {children}
        </Command.List>
      </Command>
      <div className="px-2 pb-2 empty:hidden">
        <Unknown found={found} />
      </div>
    </>
  );
}

type ChoiceProps = {
  id: string;
  icon: LucideIcon;
  onSelect: () => void;
  children: string;
  /** Where it is from. */
  aside?: string;
};

export function Choice({ id, icon: Icon, onSelect, children, aside }: ChoiceProps) {
  return (
    <Command.Item
      value={id}
      onSelect={onSelect}
      className="flex cursor-pointer items-center gap-2.5 rounded-md px-2 py-2 text-sm data-[selected=true]:bg-accent"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {aside && <span className="text-muted-foreground text-xs">{aside}</span>}
    </Command.Item>
  );
}
