import { beforeEach, expect, test, vi } from "vitest";
import type { Conversation } from "@/chat/state/conversation";
import type { Letter } from "@/chat/state/outbox";
import type { Writing } from "@/chat/state/outgoing";
import { until } from "../until";

const disk = vi.hoisted(() => ({
  put: vi.fn<(store: string, letter: Letter) => Promise<void>>(),
  delete: vi.fn(async () => undefined),
  getAllFromIndex: vi.fn<() => Promise<Letter[]>>(),
}));
const transaction = () => ({
  objectStore: (store: string) => ({
    put: (letter: Letter) => disk.put(store, letter),
    delete: disk.delete,
  }),
  done: Promise.resolve(),
});
vi.mock("idb", () => ({ openDB: async () => ({ ...disk, transaction }) }));
vi.stubGlobal("localStorage", { getItem: () => "s1", setItem: () => undefined });
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("removeEventListener", () => undefined);

const WRITING: Writing = {
  text: "Do not lose me.",
  attachments: [],
  agent: null,
  onBusy: "enqueue",
  draft: null,
};
const edge = vi.fn<typeof fetch>();

let conversation: Conversation;
let written: Letter[] = [];
beforeEach(async () => {
  written = [];
  disk.put.mockReset().mockImplementation(async (_, letter) => {
    written.push(letter);
  });
  disk.getAllFromIndex.mockReset().mockImplementation(async () => written);
  edge.mockReset().mockResolvedValue(new Response(null, { status: 503 }));
  vi.stubGlobal("fetch", edge);
  vi.stubGlobal("navigator", { onLine: false });
  const { Conversation } = await import("@/chat/state/conversation");
  const { keepUser } = await import("@/lib/credentials");
  keepUser("ada");
  conversation = new Conversation(crypto.randomUUID(), "ada", true);
  return () => conversation.dispose();
});

function shown(): string[] {
  return conversation.store.get().pending.map(({ text }) => text);
}

test("nothing is shown before it is written down: a page that dies has lost nothing", async () => {
  let kept = () => {};
  const gate = new Promise<void>((resolve) => {
    kept = resolve;
  });
  disk.put.mockImplementationOnce(async (_, letter) => {
    await gate;
    written.push(letter);
  });
  const sending = conversation.send(WRITING);
  await until(() => expect(disk.put).toHaveBeenCalled());
  expect(shown()).toEqual([]);
  kept();
  await sending;
  expect(shown()).toEqual([WRITING.text]);
});

const refuses = () => Promise.reject(new Error("QuotaExceededError"));
const hangs = () => new Promise<never>(() => undefined);

test.each([
  ["refuses", refuses],
  ["never answers", hangs],
])("a browser whose storage %s sends all the same", async (_, answer) => {
  disk.put.mockImplementation(answer);
  disk.getAllFromIndex.mockImplementation(answer);
  await conversation.send(WRITING);
  expect(edge).toHaveBeenCalledWith("/v1/ai-sdk/chat", expect.anything());
});

test("what somebody else wrote at this browser is left alone", async () => {
  const { attachments, agent, onBusy } = WRITING;
  const theirs = { id: "q1", conversationId: "c1", first: true, space: "s1", user: "ben" };
  written = [
    { ...theirs, text: "His.", attachments, agent, onBusy, parentId: null, writtenAt: "2026" },
  ];
  await conversation.send(WRITING);
  const said = edge.mock.calls.map(([, init]) => String(init?.body)).join();
  expect(said).toContain(WRITING.text);
  expect(said).not.toContain("His.");
});
