import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { until } from "../until";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
});
vi.stubGlobal("location", { origin: "http://here.test" });
vi.stubGlobal("navigator", { onLine: true });
vi.stubGlobal("fetch", async (input: string | Request, init?: RequestInit) => answer(input, init));

const { api, got } = await import("@/lib/api");
const { credentials, currentSpace, currentUser, keepCsrf } = await import("@/lib/credentials");
const { queryClient } = await import("@/lib/query");
const { request } = await import("@/lib/request");
const { enterSpace, sessionQuery, signIn, signOut } = await import("@/lib/session");
const { sendFile } = await import("@/pages/documents/send");

/** Who the browser's cookie is, by now: any tab may have changed it. */
let cookie: { user: string; spaces: string[] } | null;
const csrf = () => `of ${cookie?.user}`;

function answer(input: string | Request, init?: RequestInit): Response {
  const method = input instanceof Request ? input.method : (init?.method ?? "GET");
  const path = input instanceof Request ? new URL(input.url).pathname : input;
  const headers = new Headers(input instanceof Request ? input.headers : init?.headers);
  if (path === "/v1/session") {
    if (method === "GET") return Response.json(session());
    if (method === "POST") {
      cookie = { user: JSON.parse(String(init?.body)).person, spaces: ["s1"] };
      return Response.json(session());
    }
  }
  return refusal(method, headers) ?? Response.json({ items: [] });
}

function session() {
  if (!cookie) return { signed_in: false };
  const spaces = cookie.spaces.map((id) => ({ id, name: id, role: "member" }));
  return { signed_in: true, csrf: csrf(), user: { id: cookie.user }, spaces };
}

/** As the edge looks at each request. */
function refusal(method: string, headers: Headers): Response | null {
  const named = (status: number, code: string) => Response.json({ code }, { status });
  if (!cookie) return named(401, "session_ended");
  if (method !== "GET" && headers.get("x-csrf-token") !== csrf()) return named(403, "csrf_invalid");
  const member = cookie.spaces.includes(headers.get("x-space-id") ?? "");
  return member ? null : named(403, "space_forbidden");
}

/** The same edge, for who asks it by XMLHttpRequest. */
class Requesting {
  readonly upload = {};
  status = 0;
  responseText = "";
  onload: () => void = () => undefined;
  private readonly headers = new Headers();
  open(): void {}
  setRequestHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }
  getResponseHeader(): null {
    return null;
  }
  async send(): Promise<void> {
    const response = refusal("POST", this.headers) ?? Response.json({ id: "d1" });
    this.status = response.status;
    this.responseText = await response.text();
    this.onload();
  }
}
vi.stubGlobal("XMLHttpRequest", Requesting);

const LIST = ["conversations", "list"];
/** What a page of theirs has asked for. */
const look = () => queryClient.setQueryData(LIST, ["Hers."]);
const seen = () => queryClient.getQueryData(LIST);
const read = () => queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
const job = (user: string) => ({ file: new File(["a"], "a"), collection: "c", space: "s1", user });
const send = (user: string) =>
  sendFile(job(user), { signal: new AbortController().signal, onProgress: () => undefined });

beforeEach(async () => {
  cookie = { user: "ada", spaces: ["s1", "s2"] };
  await read();
  enterSpace("s1");
  look();
});
afterEach(() => queryClient.clear());

test.each([
  ["what `api` asks", () => got(api.POST("/v1/stream-tickets", { body: {} as never }))],
  ["what `request` asks", () => request("/v1/conversations", { method: "POST" })],
  ["a file", () => send("ada")],
  ["signing out", () => signOut()],
])("%s is refused once when another tab signed in anew, and goes the next time", async (_, ask) => {
  keepCsrf("of the session before");
  await expect(ask()).rejects.toThrow(expect.objectContaining({ code: "csrf_invalid" }));
  await until(() => expect(credentials("POST")["X-CSRF-Token"]).toBe("of ada"));
  expect(seen()).toEqual(["Hers."]);
  await ask();
});

test("a session that ended is known by the first that is refused", async () => {
  cookie = null;
  await expect(request("/v1/conversations")).rejects.toThrow();
  await until(() => expect(currentUser()).toBeNull());
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.signed_in).toBe(false);
  expect(seen()).toBeUndefined();
});

test("who is in none of the spaces here is seen by looking, not only by changing", async () => {
  cookie = { user: "dora", spaces: ["s3"] };
  await expect(request("/v1/conversations")).rejects.toThrow();
  await until(() => expect([currentUser(), currentSpace()]).toEqual(["dora", "s3"]));
  await request("/v1/conversations");
});

test.each([
  ["somebody else is signed in", { user: "ben", spaces: ["s1"] }],
  ["their space is closed to them", { user: "ada", spaces: ["s2"] }],
])("nothing that was asked for before is shown when %s", async (_, now) => {
  cookie = now;
  await read();
  expect(seen()).toBeUndefined();
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.user?.id).toBe(now.user);
});

test("whoever is still there keeps what was asked for", async () => {
  await read();
  expect(seen()).toEqual(["Hers."]);
});

test("another space begins empty, and is the one that is looked at", () => {
  enterSpace("s2");
  expect(seen()).toBeUndefined();
  expect(credentials("GET")["X-Space-Id"]).toBe("s2");
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.space).toBe("s2");
});

test("who signs out and who signs in leave nothing of the one to the other", async () => {
  await signOut();
  expect([currentUser(), seen()]).toEqual([null, undefined]);
  look();
  expect((await signIn({ person: "ben" })).user?.id).toBe("ben");
  expect([currentUser(), seen()]).toEqual(["ben", undefined]);
});

test("a file is never sent as somebody else's", async () => {
  await expect(send("ben")).rejects.toThrow(expect.objectContaining({ code: "session_ended" }));
});
