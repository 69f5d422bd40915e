import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode, RefObject } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { IconButton } from "./icon-button";
import { useReturnFocus } from "./return-focus";

export const Dialog = Radix.Root;

type ContentProps = {
  title: string;
  description?: string;
  children: ReactNode;
  className?: string;
  /** For dialogs whose content has a heading of its own. */
  titleHidden?: boolean;
  /** Who gets the keyboard back, where that is not who had it. */
  returnTo?: RefObject<HTMLElement | null>;
};

/** What somebody who opens a dialog came for. */
const FIELDS = "input, textarea, select, [role=radio]";
const SHEET =
  "fixed inset-x-3 top-1/2 z-50 mx-auto max-h-[88dvh] max-w-lg -translate-y-1/2 animate-rise overflow-y-auto rounded-xl border bg-popover p-5 shadow-xl outline-none";

export function DialogContent({
  title,
  description,
  children,
  className,
  titleHidden,
  returnTo,
}: ContentProps) {
  const { t } = useTranslation();
  const { remember, giveBack } = useReturnFocus(returnTo);
  const begin = (event: Event) => {
    remember();
    const sheet = event.currentTarget as HTMLElement;
    if (sheet.querySelector(FIELDS)) return;
    // Not the button that closes it: its tooltip would take the first Escape.
    event.preventDefault();
    sheet.focus();
  };
  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-50 animate-fade-in bg-black/45" />
      <Radix.Content
        className={cn(SHEET, className)}
        onOpenAutoFocus={begin}
        onCloseAutoFocus={giveBack}
        {...(description ? {} : { "aria-describedby": undefined })}
      >
        <div className={cn("mb-4 pr-8", titleHidden && "sr-only")}>
          <Radix.Title className="font-semibold text-lg leading-tight">{title}</Radix.Title>
          {description && (
            <Radix.Description className="mt-1.5 text-muted-foreground text-sm">
              {description}
            </Radix.Description>
          )}
        </div>
        {children}
        <Radix.Close asChild>
          <IconButton label={t("close")} size="icon-sm" className="absolute top-4 right-4">
            <X />
          </IconButton>
        </Radix.Close>
      </Radix.Content>
    </Radix.Portal>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>;
}
