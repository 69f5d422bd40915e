import "fake-indexeddb/auto";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Conversation } from "@/chat/state/conversation";
import type { Letter } from "@/chat/state/outbox";
import type { Writing } from "@/chat/state/outgoing";
import { until } from "../until";

vi.stubGlobal("localStorage", {
  getItem: () => "s1",
  setItem: () => undefined,
  removeItem: () => undefined,
});
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("removeEventListener", () => undefined);
vi.stubGlobal("dispatchEvent", () => true);
vi.stubGlobal("navigator", { onLine: true });

const { Conversation: Made } = await import("@/chat/state/conversation");
const { keepLetter, left, keepDraft, draftOf } = await import("@/chat/state/outbox");
const { chooseSpace, keepUser } = await import("@/lib/credentials");

type Answer = (init: RequestInit | undefined) => Response | Promise<Response>;
/** What the edge answers, by the end of a path; the rest is not there. */
let edge: Record<string, Answer>;
let requests: string[];
let open: Conversation[];

const writing = (text: string): Writing => ({
  text,
  attachments: [],
  agent: null,
  onBusy: "enqueue",
  draft: null,
});
const question = (id: string) => ({ id, role: "user", parts: [{ type: "text", text: id }] });
const page = (...ids: string[]) =>
  Response.json({ items: ids.map(question), next_cursor: null }) as Response;
const problem = (status: number, code: string) => Response.json({ code }, { status });

/** Written long ago. */
function letter(text: string, conversationId: string, user = "ada", space = "s1"): Letter {
  return {
    ...{ id: text, text, conversationId, user, space, first: false, attachments: [] },
    ...{ agent: null, parentId: null, onBusy: "enqueue", writtenAt: "2026-01-01T00:00:00.000Z" },
  };
}

function conversation(id: string = crypto.randomUUID(), fresh = false): Conversation {
  const made = new Made(id, "ada", fresh);
  open.push(made);
  return made;
}

/** One that is there, read and at rest. */
async function read(): Promise<Conversation> {
  const one = conversation(undefined, true);
  await one.load();
  return one;
}

const shown = (one: Conversation) => one.chat.messages.map(({ id }) => id);
const pending = (one: Conversation) =>
  one.store.get().pending.map(({ text, state }) => [text, state]);
/** Of this test's conversations: those of the one before may still be at it. */
const asked = () => requests.filter((one) => open.some(({ id }) => one.includes(id)));
const posts = () => asked().filter((one) => one.startsWith("POST"));

beforeEach(() => {
  open = [];
  requests = [];
  edge = {
    "/stream": () => new Response(null, { status: 204 }),
    "GET /messages": () => page(),
    "GET /queue": () => Response.json({ items: [] }),
  };
  vi.stubGlobal("fetch", async (input: string, init?: RequestInit) => {
    const path = input.split("?")[0] ?? "";
    const method = init?.method ?? "GET";
    requests.push(`${method} ${path} ${String(init?.body ?? "")}`);
    const end = `/${path.split("/").at(-1)}`;
    const answer = edge[`${method} ${end}`] ?? edge[end];
    return answer ? answer(init) : new Response(null, { status: 503 });
  });
  keepUser("ada");
  chooseSpace("s1");
  return () => {
    for (const one of open) one.dispose();
  };
});

const offline = () => Promise.reject(new TypeError("Failed to fetch"));
const taken = () => Response.json({ position: 1 }, { status: 202 });

test.each([
  ["somebody else is signed in", () => keepUser("ben")],
  ["another space is chosen", () => chooseSpace("s2")],
])("what waits goes to nobody when %s by then", async (_, change) => {
  edge["POST /messages"] = offline;
  edge["/stream"] = offline;
  const one = conversation();
  await until(() => expect(asked().length).toBeGreaterThan(0));
  await one.send(writing("Hers."));
  expect(pending(one)).toEqual([["Hers.", "waiting"]]);

  change();
  requests = [];
  edge["POST /messages"] = taken;
  edge["/stream"] = () => new Response(null, { status: 204 });
  await one.follow();
  expect(posts()).toEqual([]);
  expect((await left(one.id)).map(({ text }) => text)).toEqual(["Hers."]);
});

test("a session that another tab renewed refuses nothing: the message waits for it", async () => {
  let renewed = false;
  edge["POST /messages"] = () => (renewed ? taken() : problem(403, "csrf_invalid"));
  const id = crypto.randomUUID();
  await keepLetter(letter("Once more.", id), null);
  const one = conversation(id);
  await until(() => expect(pending(one)).toEqual([["Once more.", "waiting"]]));
  await until(() => expect(posts()).not.toEqual([]));
  expect(await left(id)).toHaveLength(1);
  renewed = true;
  await until(async () => expect(await left(id)).toEqual([]));
});

test("what is discarded in one tab is sent by none", async () => {
  const id = crypto.randomUUID();
  edge["POST /messages"] = offline;
  await keepLetter(letter("No, rather not.", id), null);
  const [one, other] = [conversation(id), conversation(id)];
  for (const each of [one, other]) await until(() => expect(pending(each)).toHaveLength(1));
  // A browser's tabs share no memory; here both hear what comes from outside.
  const outside = new BroadcastChannel("holdfast");
  outside.onmessage = ({ data }: MessageEvent) => outside.postMessage(data);
  one.forget("No, rather not.");
  await until(() => expect(pending(other)).toEqual([]));
  outside.close();
  // What was read before that has come by now.
  await until(async () => expect(await left(id)).toEqual([]));
  requests = [];
  edge["POST /messages"] = taken;
  await other.follow();
  expect(posts()).toEqual([]);
});

test("a letter that a closed tab left goes by any that is open", async () => {
  edge["POST /messages"] = taken;
  const one = await read();
  await keepLetter(letter("From the tunnel.", one.id), null);
  void one.follow();
  await until(() => expect(posts().join()).toContain("From the tunnel."));
});

test("what was left here goes before what is written now", async () => {
  const id = crypto.randomUUID();
  edge["POST /messages"] = taken;
  await left(id);
  // However long the disk takes: no patience ends.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  await keepLetter(letter("First.", id), null);
  const one = conversation(id);
  await one.send(writing("Second."));
  const said = posts().map((post) => /"content":"(\w+)/.exec(post)?.[1]);
  expect(said.indexOf("First")).toBe(0);
  expect(said).toContain("Second");
});

test("messages of one instant keep their order", async () => {
  vi.spyOn(Date, "now").mockReturnValue(1);
  edge["POST /messages"] = offline;
  edge["/stream"] = offline;
  const one = conversation();
  for (const text of ["a", "b", "c", "d"]) void one.send(writing(text));
  await until(async () => expect(await left(one.id)).toHaveLength(4));
  vi.mocked(Date.now).mockRestore();
  const kept = (await left(one.id)).sort((x, y) => x.writtenAt.localeCompare(y.writtenAt));
  expect(kept.map(({ text }) => text)).toEqual(["a", "b", "c", "d"]);
  expect(new Set(kept.map(({ writtenAt }) => writtenAt)).size).toBe(4);
});

test("a history that was asked for earlier does not replace a later one", async () => {
  const late: ((answer: Response) => void)[] = [];
  const one = await read();
  edge["GET /messages"] = () => new Promise((resolve) => late.push(resolve));
  edge["PUT /leaf"] = () => new Response(null, { status: 204 });
  const following = one.follow();
  await until(() => expect(late).toHaveLength(1));
  const moving = one.move({ message_id: "q2" });
  await until(() => expect(late).toHaveLength(2));
  late[1]?.(page("q2"));
  await moving;
  edge["GET /messages"] = () => page("q2");
  late[0]?.(page("q1"));
  await following;
  expect(shown(one)).toEqual(["q2"]);
});

test("a message is sent from a page whose history comes later than that", async () => {
  let answer: (response: Response) => void = () => undefined;
  edge["GET /messages"] = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  edge["POST /chat"] = () => new Promise<Response>(() => undefined);
  const one = conversation();
  await until(() => expect(asked().some((each) => each.includes("/messages"))).toBe(true));
  void one.send(writing("Before it is there."));
  await until(() => expect(one.chat.messages).toHaveLength(1));
  edge["GET /messages"] = () => page("q1");
  answer(page("q1"));
  await until(() => expect(one.chat.messages).toHaveLength(2));
  expect(shown(one)[0]).toBe("q1");
});

test("another version of a question waits for what that stands behind, and loses nothing", async () => {
  const newest = () => Response.json({ items: [question("q2")], next_cursor: "older" });
  edge["GET /messages"] = newest;
  const one = await read();
  edge["GET /messages"] = offline;
  await expect(one.readBefore("q2")).rejects.toThrow(TypeError);
  expect(shown(one)).toEqual(["q2"]);

  edge["GET /messages"] = () => page("q1");
  await one.readBefore("q2");
  edge["GET /messages"] = offline;
  edge["POST /chat"] = offline;
  void one.edit("q2", writing("In other words."));
  await until(async () => expect(await left(one.id)).toHaveLength(1));
  const [kept] = await left(one.id);
  expect([kept?.text, kept?.parentId]).toEqual(["In other words.", "q1"]);
});

test("a conversation that is gone is asked for once, not for ever", async () => {
  const one = await read();
  one.chat.messages = [{ id: "a1", role: "assistant", parts: [] }];
  edge["GET /messages"] = () => problem(404, "conversation_not_found");
  requests = [];
  await one.follow();
  expect(asked().filter((each) => each.includes("/messages"))).toHaveLength(1);
  expect(one.store.get().phase).toBe("failed");
});

test("what was handed over and is nowhere once nothing runs was taken back", async () => {
  edge["POST /messages"] = taken;
  const id = crypto.randomUUID();
  await keepLetter(letter("Taken back elsewhere.", id), null);
  const one = conversation(id);
  const seen = new Set<string | undefined>();
  one.store.subscribe(() => seen.add(pending(one)[0]?.[1]));
  await until(async () => expect(await left(id)).toEqual([]));
  await until(() => expect(pending(one)).toEqual([]));
  expect(seen).toContain("queued");
});

test("with no worker up nobody knows what waits, and it stays on the page", async () => {
  edge["POST /messages"] = taken;
  edge["GET /queue"] = () => problem(503, "no_worker");
  const id = crypto.randomUUID();
  await keepLetter(letter("Still there.", id), null);
  const one = conversation(id);
  await until(async () => expect(await left(id)).toEqual([]));
  await one.follow();
  expect(pending(one)).toEqual([["Still there.", "queued"]]);
});

test("a draft goes with the message that it became", async () => {
  await keepDraft({ conversationId: "ada c1", text: "Half a", attachments: [] });
  await keepLetter(letter("Half a sentence.", "c1"), "ada c1");
  expect(await draftOf("ada c1")).toBeUndefined();
});
