import "fake-indexeddb/auto";
import { beforeEach, describe, expect, test } from "vitest";
import { type Fate, flush } from "@/chat/state/delivery";
import { dropLetter, keepLetter, type Letter, left } from "@/chat/state/outbox";
import { ApiError } from "@/lib/problem";

const CONVERSATION = "c1";

function letter(id: string, second: number): Letter {
  return {
    id,
    conversationId: CONVERSATION,
    first: false,
    space: "s1",
    user: "ada",
    text: id,
    attachments: [],
    agent: null,
    parentId: null,
    onBusy: "enqueue",
    writtenAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  };
}

async function handed(post: (one: Letter) => Promise<{ position: number }>) {
  const fates: [string, Fate["kind"]][] = [];
  const whole = await flush(
    CONVERSATION,
    () => left(CONVERSATION),
    post,
    (one, fate) => {
      fates.push([one.id, fate.kind]);
    },
  );
  return { whole, fates };
}

beforeEach(async () => {
  for (const { id } of await left(CONVERSATION)) await dropLetter(id);
});

describe("messages that were written offline", () => {
  test("go out once, in the order in which they were written", async () => {
    const sent: string[] = [];
    const post = async (one: Letter) => {
      sent.push(one.id);
      return { position: 0 };
    };
    await keepLetter(letter("second", 2), null);
    await keepLetter(letter("first", 1), null);
    expect((await handed(post)).whole).toBe(true);
    await handed(post);
    expect(sent).toEqual(["first", "second"]);
    expect(await left(CONVERSATION)).toEqual([]);
  });

  test("stay where they are while nobody is reached, and none overtakes another", async () => {
    await keepLetter(letter("first", 1), null);
    await keepLetter(letter("second", 2), null);
    const tried: string[] = [];
    const { whole, fates } = await handed(async (one) => {
      tried.push(one.id);
      throw new TypeError("Failed to fetch");
    });
    expect(whole).toBe(false);
    expect(tried).toEqual(["first"]);
    expect(fates).toEqual([["first", "unreachable"]]);
    expect(await left(CONVERSATION)).toHaveLength(2);
  });

  test("wait when the edge asks to wait", async () => {
    await keepLetter(letter("first", 1), null);
    const { fates } = await handed(() =>
      Promise.reject(new ApiError(429, "rate_limited", "", null)),
    );
    expect(fates).toEqual([["first", "unreachable"]]);
    expect(await left(CONVERSATION)).toHaveLength(1);
  });

  test("are given back when they are refused, and the next ones go on", async () => {
    await keepLetter(letter("long", 1), null);
    await keepLetter(letter("short", 2), null);
    const { whole, fates } = await handed(async (one) => {
      if (one.id === "long") throw new ApiError(413, "message_too_long", "Too long.", null);
      return { position: 1 };
    });
    expect(whole).toBe(true);
    expect(fates).toEqual([
      ["long", "refused"],
      ["short", "taken"],
    ]);
    // Whoever shows that it was refused drops it.
    expect((await left(CONVERSATION)).map(({ id }) => id)).toEqual(["long"]);
  });
});
