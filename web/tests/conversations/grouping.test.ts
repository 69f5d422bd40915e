import { expect, test } from "vitest";
import type { Conversation } from "@/conversations/api";
import { rowsOf } from "@/conversations/grouping";

const NOW = new Date(2026, 10, 21, 9, 0);

function conversation(id: string, updated: Date): Conversation {
  const at = updated.toISOString();
  return { id, title: id, created_at: at, updated_at: at } as Conversation;
}
const told = (pinned: Conversation[], listed: Conversation[]) =>
  rowsOf(pinned, listed, NOW).map((row) =>
    row.kind === "heading" ? `# ${row.group}` : row.conversation.id,
  );

test("conversations are listed by the reader's days", () => {
  const listed = [
    conversation("now", NOW),
    conversation("after midnight", new Date(2026, 10, 21, 0, 1)),
    conversation("before midnight", new Date(2026, 10, 20, 23, 59)),
    conversation("a week ago", new Date(2026, 10, 14, 12, 0)),
  ];
  expect(told([], listed)).toEqual([
    "# today",
    "now",
    "after midnight",
    "# week",
    "before midnight",
    "# earlier",
    "a week ago",
  ]);
});

test("pinned ones stand first, and nowhere else", () => {
  const pinned = conversation("pinned", NOW);
  expect(told([pinned], [pinned, conversation("other", NOW)])).toEqual([
    "# pinned",
    "pinned",
    "# today",
    "other",
  ]);
});

test("days without conversations have no heading", () => {
  expect(told([], [])).toEqual([]);
});
