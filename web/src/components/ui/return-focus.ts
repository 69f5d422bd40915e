import { type RefObject, useRef } from "react";

/** Where the keyboard was: Radix gives it back to a dialog's trigger, and ours have none, since
 * shortcuts and menus open them too. `to` names a better place, for what a menu opened: its item
 * is gone by then. */
export function useReturnFocus(to?: RefObject<HTMLElement | null>) {
  const opener = useRef<Element | null>(null);
  return {
    remember: () => {
      opener.current = document.activeElement;
    },
    giveBack: (event: Event) => {
      event.preventDefault();
      giveFocus(to?.current ?? opener.current);
    },
  };
}

/** To that element; to the page where it is gone, and to nobody when another has taken it. */
export function giveFocus(element: Element | null): void {
  const taken = document.activeElement;
  if (taken && taken !== document.body) return;
  const there = element instanceof HTMLElement && element.isConnected && element !== document.body;
  const place = there ? element : document.getElementById("content");
  place?.focus({ preventScroll: true });
}
