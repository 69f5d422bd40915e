import { describe, expect, test } from "vitest";
import { composed, type Pending } from "@/chat/state/history";
import type { Message } from "@/chat/state/message";
import { left, lined, type Queued } from "@/chat/state/queue";

const asked = (id: string): Message => ({ id, role: "user", parts: [{ type: "text", text: id }] });
const written = (id: string, state: Pending["state"] = "queued"): Pending => ({
  id,
  text: id,
  message: { ...asked(id), metadata: { attachments: [{ document_id: "d", title: "D" }] } },
  state,
});
const queued = (id: string, position: number, user_id = "ada"): Queued => ({
  message_id: id,
  position,
  content: `${id} as the edge has it`,
  user_id,
});

describe("what waits behind a running turn", () => {
  test("is shown in the edge's order, before what the edge has not told of", () => {
    const pending = [written("q3"), written("q2"), written("q4", "sending")];
    const shown = lined(pending, [queued("q2", 1), queued("b1", 2, "ben"), queued("q3", 3)], "ada");
    expect(shown.map(({ id, position }) => [id, position])).toEqual([
      ["q2", 1],
      ["b1", 2],
      ["q3", 3],
      ["q4", undefined],
    ]);
  });

  test("is known after a reload, with its text, and can be taken back", () => {
    const [one] = lined([], [queued("q2", 1)], "ada");
    expect(one).toMatchObject({
      text: "q2 as the edge has it",
      state: "queued",
      removable: true,
      theirs: false,
    });
  });

  test("says whose it is", () => {
    const shown = lined([], [queued("q2", 1), queued("b1", 2, "ben")], "ada");
    expect(shown.map(({ theirs }) => theirs)).toEqual([false, true]);
  });

  test("keeps what only this page knows of one's own words", () => {
    const [one] = lined([written("q2")], [queued("q2", 1)], "ada");
    expect(one?.message.metadata?.attachments).toHaveLength(1);
  });

  test("is no longer a waiting one once the conversation has it, or an answer names it", () => {
    const waiting = lined([], [queued("q1", 1), queued("b1", 2, "ben"), queued("q3", 3)], "ada");
    const running: Message = {
      id: "a2",
      role: "assistant",
      parts: [],
      metadata: { user_message_id: "b1" },
    };
    const shown = composed([asked("q1"), running], waiting);
    expect(shown.messages.map(({ id }) => id)).toEqual(["q1", "b1", "a2"]);
    expect(shown.waiting.map(({ id }) => id)).toEqual(["q3"]);
  });
});

describe("what has left the queue", () => {
  test("is what was in it and is not any more", () => {
    const before = [queued("q1", 1), queued("q2", 2)];
    expect(left(before, [queued("q2", 1), queued("q3", 2)])).toEqual(["q1"]);
    expect(left([], before)).toEqual([]);
  });
});
