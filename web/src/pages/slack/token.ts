/** The token of a link, from behind its # (which no server sees) or its ?. */
export function tokenOf({ hash, search }: { hash: string; search: string }): string {
  const behind = hash.replace(/^#/, "");
  const named = new URLSearchParams(behind).get("token");
  return named ?? (behind || (new URLSearchParams(search).get("token") ?? ""));
}
