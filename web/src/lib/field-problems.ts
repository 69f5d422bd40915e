import { ApiError } from "./problem";

/** What the API says is wrong with one field of a body, by the first part of its pointer. */
export function problemAt(error: unknown, field: string): string | null {
  if (!(error instanceof ApiError)) return null;
  return error.errors.find(({ pointer }) => pointer.split("/")[1] === field)?.detail ?? null;
}
