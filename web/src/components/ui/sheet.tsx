import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { IconButton } from "./icon-button";
import { useReturnFocus } from "./return-focus";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  side: "left" | "right";
  title: string;
  titleHidden?: boolean;
  children: ReactNode;
  className?: string;
};

const SIDES = { left: "left-0 border-r", right: "right-0 border-l" };

/** A panel at the side of the window, over everything else. */
export function Sheet({
  open,
  onOpenChange,
  side,
  title,
  titleHidden,
  children,
  className,
}: Props) {
  const { t } = useTranslation();
  const { remember, giveBack } = useReturnFocus();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade-in bg-black/45" />
        <Radix.Content
          aria-describedby={undefined}
          // Not the button that closes it: its tooltip would take the first Escape.
          onOpenAutoFocus={(event) => {
            remember();
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          onCloseAutoFocus={giveBack}
          className={cn(
            "fixed inset-y-0 z-50 flex w-[min(24rem,90vw)] flex-col bg-popover shadow-xl outline-none",
            SIDES[side],
            className,
          )}
        >
          <div
            className={cn("flex items-center gap-2 border-b px-4 py-3", titleHidden && "sr-only")}
          >
            <Radix.Title className="min-w-0 flex-1 truncate font-semibold">{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t("close")} size="icon-sm">
                <X />
              </IconButton>
            </Radix.Close>
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
