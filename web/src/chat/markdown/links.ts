/** Where an answer's link may lead; null for what must not become one. */
export function safeAddress(address: string | undefined): URL | null {
  if (!address) return null;
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : null;
  } catch {
    // No address of its own: a path would lead into this app.
    return null;
  }
}

/** Its target, as a reader should see it before going there. */
export function shownTarget(url: URL): string {
  return url.protocol === "mailto:" ? url.pathname : url.host;
}

/** Whether a link's words begin with where it leads: then they need no more. Anywhere else in them
 * it proves nothing, and a name before an @ looks like the host that it is not. */
export function namesTarget(words: string, url: URL): boolean {
  const address = words.replace(/^(https?:\/\/|mailto:)/i, "");
  const target = shownTarget(url);
  return address.startsWith(target) && /^([/?#]|$)/.test(address.slice(target.length));
}
