import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/** Class names, the later winning over the earlier. */
export function cn(...classes: ClassValue[]): string {
  return twMerge(clsx(classes));
}
