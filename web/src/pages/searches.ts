/** What the addresses of pages say after the question mark; anything else is passed over. */

type Search = Record<string, unknown>;

const LONGEST = 200;

function text(search: Search, key: string): string | undefined {
  const value = search[key];
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST) : undefined;
}

function oneOf<const T extends readonly string[]>(search: Search, key: string, known: T) {
  return known.find((value) => value === search[key]) as T[number] | undefined;
}

export const STATUSES = ["queued", "processing", "ready", "failed"] as const;
export const APPROVAL_STATES = [
  "pending",
  "approved",
  "denied",
  "revised",
  "expired",
  "withdrawn",
] as const;
export const AGENT_TABS = ["overview", "instructions", "versions", "try"] as const;
export const USAGE_KEYS = ["day", "agent", "model", "user"] as const;
export const USAGE_DAYS = ["7", "30", "90"] as const;

/** Each may be left out of an address. */
type Optional<T> = { [K in keyof T]?: T[K] };

export const documentsSearch = (search: Search) =>
  optional({
    query: text(search, "query"),
    status: oneOf(search, "status", STATUSES),
    media_type: text(search, "media_type"),
    collection: text(search, "collection"),
  });

/** `at` is a passage: where a citation leads. */
export const documentSearch = (search: Search) => optional({ at: text(search, "at") });

export const collectionsSearch = (search: Search) => optional({ name: text(search, "name") });

export const inboxSearch = (search: Search) =>
  optional({
    approval: text(search, "approval"),
    state: oneOf(search, "state", [...APPROVAL_STATES, "all"]),
  });

export const agentSearch = (search: Search) => optional({ tab: oneOf(search, "tab", AGENT_TABS) });

export const usageSearch = (search: Search) =>
  optional({ by: oneOf(search, "by", USAGE_KEYS), days: oneOf(search, "days", USAGE_DAYS) });

function optional<T extends object>(found: T): Optional<T> {
  return found;
}
