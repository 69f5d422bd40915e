import "fake-indexeddb/auto";
import { Chat } from "@ai-sdk/react";
import { AbstractChat, asSchema, uiMessageChunkSchema } from "ai";
import installed from "ai/package.json";
import { beforeEach, expect, test, vi } from "vitest";
import { type Message, textOf } from "@/chat/state/message";
import { until } from "../until";

vi.stubGlobal("localStorage", {
  getItem: () => "s1",
  setItem: () => undefined,
  removeItem: () => undefined,
});
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("removeEventListener", () => undefined);
vi.stubGlobal("navigator", { onLine: true });

const { Conversation } = await import("@/chat/state/conversation");
const { keepUser } = await import("@/lib/credentials");

type Chunk = { type: string; [field: string]: unknown };
/** Of the clients that the edge's streams are tried with. */
const [stock] = Object.values(
  import.meta.glob<{ ai: string }>("../../../tests/clients/package.json", {
    import: "dependencies",
    eager: true,
  }),
);
/** Where the edge makes chunks. */
const ENCODER = import.meta.glob<string>("../../../api/dialects/ai_sdk{,_calls,_parts,_step}.py", {
  query: "?raw",
  import: "default",
  eager: true,
});

const TURN = "t1";
const begun: Chunk[] = [
  { type: "start", messageId: TURN, messageMetadata: { turn_id: TURN } },
  { type: "start-step" },
];
const said = (text: string): Chunk[] => [
  { type: "text-start", id: "text-1" },
  { type: "text-delta", id: "text-1", delta: text },
];
const closed: Chunk = { type: "text-end", id: "text-1" };
const ended = (outcome: string, finishReason: string): Chunk[] => [
  { type: "finish-step" },
  { type: "finish", finishReason, messageMetadata: { outcome } },
];
const whole = [closed, ...ended("completed", "stop")];
const called = (toolCallId: string): Chunk => ({
  ...{ type: "tool-input-available", toolCallId, toolName: "send_mail", input: {} },
  ...{ dynamic: true, providerExecuted: true },
});
const card = (state: string): Chunk => ({ type: "data-approval", id: "a1", data: { state } });

/** Turns, and the texts that a page shows of them one after the other. */
const TURNS: Record<string, { chunks: Chunk[]; texts: string[]; outcome: string }> = {
  "runs through": {
    chunks: [...begun, ...said("Whole."), ...whole],
    texts: ["", "Whole."],
    outcome: "completed",
  },
  "is taken over by another worker": {
    chunks: [
      ...begun,
      { type: "reasoning-start", id: "reasoning-1-1" },
      { type: "reasoning-delta", id: "reasoning-1-1", delta: "Hm." },
      { type: "reasoning-end", id: "reasoning-1-1" },
      ...[...said("Half a"), { type: "reset-step" }, ...said("Whole."), ...whole],
    ],
    texts: ["", "Half a", "", "Whole."],
    outcome: "completed",
  },
  "waits for a verdict": {
    chunks: [
      ...[...begun, called("c1")],
      { type: "tool-approval-request", approvalId: "a1", toolCallId: "c1", reason: "outward" },
      ...[card("pending"), card("approve")],
      { type: "tool-approval-response", approvalId: "a1", approved: true },
      { type: "tool-output-available", toolCallId: "c1", dynamic: true, output: "sent" },
      ...[...said("Whole."), ...whole],
    ],
    texts: ["", "Whole."],
    outcome: "completed",
  },
  "is stopped": {
    chunks: [
      ...[...begun, ...said("Half a"), { type: "abort", reason: "stopped" }, closed],
      ...ended("stopped", "interrupted"),
    ],
    texts: ["", "Half a"],
    outcome: "stopped",
  },
};
/** What comes in no turn of these. */
const OTHERS: Chunk[] = [
  { type: "message-metadata", messageMetadata: { agent: "clerk" } },
  { type: "error", errorText: "The model is away." },
  { type: "tool-output-denied", toolCallId: "c1", dynamic: true },
  {
    ...{ type: "tool-output-error", toolCallId: "c1", dynamic: true, errorText: "No." },
    providerMetadata: { holdfast: { code: "timeout" } },
  },
  { type: "source-url", sourceId: "1", url: "https://example.org", title: "A page" },
  { type: "source-document", sourceId: "2", mediaType: "text/plain", title: "A file" },
];

test("the installed client is the one that the edge is asked for and tried with", () => {
  expect(installed.version).toBe(stock?.ai);
  // The hook brings no other of its own.
  expect(new Chat({})).toBeInstanceOf(AbstractChat);
});

test("it knows each kind of chunk that the edge makes", async () => {
  const made = Object.values(ENCODER).flatMap((source) =>
    [...source.matchAll(/"type": f?"([a-z-]+)/g)].map((match) => match[1]),
  );
  const known = [...Object.values(TURNS).flatMap(({ chunks }) => chunks), ...OTHERS];
  const kinds = known.map(({ type }) => type.replace(/^data-.*/, "data-"));
  expect(new Set(made)).toEqual(new Set(kinds));
  const { validate } = asSchema(uiMessageChunkSchema);
  for (const chunk of known)
    expect(await validate?.(chunk), chunk.type).toMatchObject({ success: true });
});

let requests: URL[];
/** Answered to who looks for what runs, one after the other; then nothing does. */
let running: Chunk[][];
let asked: Chunk[];

beforeEach(() => {
  requests = [];
  running = [];
  keepUser("ada");
  vi.stubGlobal("fetch", async (input: string, init?: RequestInit) => {
    const url = new URL(input, "http://edge");
    requests.push(url);
    if (url.pathname.endsWith("/queue")) return Response.json({ items: [] });
    if (url.pathname.endsWith("/messages")) return Response.json({ items: [], next_cursor: null });
    const chunks = init?.method === "POST" ? asked : running.shift();
    return chunks ? streamed(chunks) : new Response(null, { status: 204 });
  });
});

function streamed(chunks: Chunk[]): Response {
  const frames = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
  const headers = { "content-type": "text/event-stream" };
  return new Response(frames.map((frame) => `data: ${frame}\n\n`).join(""), { headers });
}

/** What a page shows meanwhile: texts of the answer, errors and how it is linked to the edge. */
function watched(one: InstanceType<typeof Conversation>) {
  const seen = {
    texts: [] as string[],
    errors: [] as (Error | undefined)[],
    links: new Set<string>(),
    answer: undefined as Message | undefined,
  };
  one.chat["~registerMessagesCallback"](() => {
    const answer = one.chat.messages.find(({ id }) => id === TURN);
    if (!answer) return;
    seen.answer = answer;
    const text = textOf(answer);
    if (text !== seen.texts.at(-1)) seen.texts.push(text);
  });
  one.chat["~registerErrorCallback"](() => seen.errors.push(one.chat.error));
  one.store.subscribe(() => seen.links.add(one.store.get().link));
  return seen;
}

const WRITING = {
  text: "?",
  attachments: [],
  agent: null,
  onBusy: "enqueue",
  draft: null,
} as const;

test.each(Object.entries(TURNS))("a turn that %s is one stream", async (_, turn) => {
  asked = turn.chunks;
  const one = new Conversation(crypto.randomUUID(), "ada", true);
  const seen = watched(one);
  await one.send({ ...WRITING, attachments: [] });
  expect(seen.texts).toEqual(turn.texts);
  expect(seen.answer?.metadata?.outcome).toBe(turn.outcome);
  expect(seen.errors.filter(Boolean)).toEqual([]);
  expect(seen.links).not.toContain("reconnecting");
  // Asked once more, when it has ended: whether another has begun behind it.
  const streams = requests.filter(({ pathname }) => /\/(chat|stream)$/.test(pathname));
  expect(streams.map(({ pathname }) => pathname.split("/").at(-1))).toEqual(["chat", "stream"]);
  for (const { searchParams } of streams) {
    expect(searchParams.get("client")).toBe(installed.version.split(".")[0]);
  }
  one.dispose();
});

test.each(Object.entries(TURNS))("a turn that %s is taken up once by a page", async (_, turn) => {
  running = [turn.chunks];
  const one = new Conversation(crypto.randomUUID(), "ada", false);
  const seen = watched(one);
  await until(() => expect(seen.answer?.metadata?.outcome).toBe(turn.outcome));
  await until(() => expect(one.store.get().link).toBe("still"));
  expect(seen.errors.filter(Boolean)).toEqual([]);
  expect(seen.links).not.toContain("reconnecting");
  const streams = requests.filter(({ pathname }) => pathname.endsWith("/stream"));
  expect(streams).toHaveLength(2);
  one.dispose();
});
