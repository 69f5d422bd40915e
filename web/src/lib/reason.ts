import i18n from "@/i18n";
import { ApiError } from "./problem";

/** Why something failed, for people: the API's words, or that nobody answered. */
export function reasonOf(error: unknown): string {
  if (error instanceof ApiError && error.status > 0) return error.message;
  // What `fetch` throws when no answer came at all, in words of the browser's own.
  if (error instanceof TypeError || error instanceof ApiError) {
    return i18n.t(navigator.onLine ? "unreachable" : "offline", { ns: "shell" });
  }
  return error instanceof Error ? error.message : i18n.t("failed", { ns: "shell" });
}

/** It is not there (any more), or an address names nothing that could be. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 404 || error.errors.some(({ pointer }) => pointer.startsWith("/path/"));
}
