import { giveFocus } from "@/components/ui/return-focus";

export const COMPOSER = "composer";

/** What had the keyboard is gone: on with writing. A finger would only get a keyboard on its
 * screen. */
export function toComposer(): void {
  if (matchMedia("(pointer: fine)").matches) giveFocus(document.getElementById(COMPOSER));
}
