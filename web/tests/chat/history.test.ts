import { describe, expect, test } from "vitest";
import { composed, merged, type Pending, parentOf, steady, tail } from "@/chat/state/history";
import type { Message, Metadata } from "@/chat/state/message";

function message(
  id: string,
  role: "user" | "assistant",
  text = id,
  metadata: Metadata = {},
): Message {
  return { id, role, metadata, parts: [{ type: "text", text, state: "done" }] };
}
const asked = (id: string) => message(id, "user");
const answered = (id: string, metadata: Metadata = {}) =>
  message(id, "assistant", id, { outcome: "completed", message_ids: [`${id}-said`], ...metadata });
const none = () => false;

describe("a page of history over what is shown", () => {
  test("leaves what has not changed as the same object", () => {
    const shown = [asked("q1"), answered("a1"), asked("q2"), answered("a2")];
    const page = {
      items: [asked("q2"), answered("a2", { answers: ["a2", "a3"] })],
      next_cursor: "x",
    };
    const { messages, restarted } = merged(shown, page, none);
    expect(restarted).toBe(false);
    expect(messages.map(({ id }) => id)).toEqual(["q1", "a1", "q2", "a2"]);
    expect(messages[2]).toBe(shown[2]);
    expect(messages[3]).not.toBe(shown[3]);
  });

  test("drops what is on another branch now", () => {
    const shown = [asked("q1"), answered("a1"), asked("q2"), answered("a2")];
    const page = { items: [asked("q1"), answered("b1")], next_cursor: null };
    expect(merged(shown, page, none).messages.map(({ id }) => id)).toEqual(["q1", "b1"]);
  });

  test("keeps what is being said, behind what the edge has", () => {
    const shown = [asked("q1"), answered("a1"), asked("q2"), message("a2", "assistant", "half")];
    const running = new Set(tail(shown));
    const page = { items: [asked("q1"), answered("a1"), asked("q2")], next_cursor: null };
    const { messages } = merged(shown, page, (one) => running.has(one));
    expect(messages.map(({ id }) => id)).toEqual(["q1", "a1", "q2", "a2"]);
    expect(messages[3]).toBe(shown[3]);
  });

  test("begins anew when much was said elsewhere", () => {
    const shown = [asked("q1"), answered("a1")];
    const page = { items: [asked("q8"), answered("a8")], next_cursor: "older" };
    const { messages, restarted } = merged(shown, page, none);
    expect(restarted).toBe(true);
    expect(messages.map(({ id }) => id)).toEqual(["q8", "a8"]);
  });
});

describe("what waits", () => {
  const waiting = (id: string): Pending => ({
    id,
    text: id,
    message: asked(id),
    state: "queued",
  });

  test("stands at the end, in the order in which it was written", () => {
    const shown = composed([asked("q1")], [waiting("q2"), waiting("q3")]);
    expect(shown.waiting.map(({ id }) => id)).toEqual(["q2", "q3"]);
  });

  test("stands before the answer that names it", () => {
    const running = message("a2", "assistant", "half", { user_message_id: "q2" });
    const shown = composed([asked("q1"), answered("a1"), running], [waiting("q2"), waiting("q3")]);
    expect(shown.messages.map(({ id }) => id)).toEqual(["q1", "a1", "q2", "a2"]);
    expect(shown.waiting.map(({ id }) => id)).toEqual(["q3"]);
  });

  test("is not shown twice once the conversation has it", () => {
    expect(composed([asked("q1")], [waiting("q1")]).waiting).toEqual([]);
  });
});

describe("another version of a question", () => {
  test("follows the last message of the answer before it", () => {
    const shown = [asked("q1"), answered("a1"), asked("q2")];
    expect(parentOf(shown, "q2")).toBe("a1-said");
  });

  test("follows the question before it, where that was never answered", () => {
    const failed = message("a1", "assistant", "", { outcome: "failed", message_ids: [] });
    expect(parentOf([asked("q1"), failed, asked("q2")], "q2")).toBe("q1");
  });

  test("stands at the root beside the first", () => {
    expect(parentOf([asked("q1"), answered("a1")], "q1")).toBe("root");
  });
});

describe("an answer that is replayed", () => {
  test("does not shrink on the screen", () => {
    const before = message("a1", "assistant", "one two three");
    expect(steady(before, message("a1", "assistant", "one"))).toBe(before);
    const now = message("a1", "assistant", "one two three four");
    expect(steady(before, now)).toBe(now);
  });

  test("is shown as it ended, however short", () => {
    const before = message("a1", "assistant", "one two three");
    const over = message("a1", "assistant", "no", { outcome: "stopped" });
    expect(steady(before, over)).toBe(over);
  });

  test("is not held back by another one", () => {
    const now = message("a2", "assistant", "x");
    expect(steady(message("a1", "assistant", "one two"), now)).toBe(now);
  });
});
