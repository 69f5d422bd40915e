import { useEffect, useRef } from "react";

/** Where this browser remembers whether a character alone may do something. */
export const LETTERS = "holdfast.letters";
/** Where letters mean themselves, or what is behind is not to be reached. */
const TAKEN = "input, textarea, select, [contenteditable=true], [role=dialog], [role=alertdialog]";

/** Whoever dictates, or touches keys unawares, switches them off (WCAG 2.1.4). */
export const lettersAct = (): boolean => localStorage.getItem(LETTERS) !== "false";

/** Whether a key is pressed alone, where a character may do something. */
export function isAlone(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  if (event.target instanceof HTMLElement && event.target.closest(TAKEN)) return false;
  return lettersAct();
}

/** Single letters that do something on a page. */
export function useKeys(keys: Record<string, (() => void) | undefined>): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const act = current.current[event.key];
      if (!act || !isAlone(event)) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
}
