import { daysAgo } from "@/lib/time";
import type { Conversation } from "./api";

export type Group = "pinned" | "today" | "week" | "earlier";
export type Row =
  | { kind: "heading"; group: Group }
  | { kind: "conversation"; conversation: Conversation };

function groupOf(conversation: Conversation, now: Date): Group {
  const days = daysAgo(conversation.updated_at, now);
  if (days <= 0) return "today";
  return days < 7 ? "week" : "earlier";
}

/** The sidebar's rows: pinned ones first, then by when something was last said. */
export function rowsOf(pinned: Conversation[], listed: Conversation[], now: Date): Row[] {
  const rows: Row[] = [];
  const on = new Set(pinned.map(({ id }) => id));
  const put = (group: Group, some: Conversation[]) => {
    if (some.length === 0) return;
    rows.push({ kind: "heading", group });
    for (const conversation of some) rows.push({ kind: "conversation", conversation });
  };
  put("pinned", pinned);
  const rest = listed.filter(({ id }) => !on.has(id));
  for (const group of ["today", "week", "earlier"] as const) {
    put(
      group,
      rest.filter((one) => groupOf(one, now) === group),
    );
  }
  return rows;
}
