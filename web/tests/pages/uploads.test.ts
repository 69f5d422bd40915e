import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { until } from "../until";

vi.stubGlobal("localStorage", {
  getItem: () => "s1",
  setItem: () => undefined,
  removeItem: () => undefined,
});
vi.stubGlobal("location", { origin: "http://here.test" });
vi.stubGlobal("addEventListener", () => undefined);
vi.stubGlobal("navigator", { onLine: true });

/** Whose session the browser's cookie is. */
let user: string | null;
vi.stubGlobal("fetch", async () =>
  user === null
    ? Response.json({ signed_in: false })
    : Response.json({ signed_in: true, user: { id: user }, spaces: [{ id: "s1" }] }),
);

/** Requests that went out and are not answered. */
const out: Requesting[] = [];
class Requesting {
  readonly upload = {};
  status = 0;
  responseText = "";
  aborted = false;
  onload: () => void = () => undefined;
  onabort: () => void = () => undefined;
  open(): void {}
  setRequestHeader(): void {}
  getResponseHeader(): null {
    return null;
  }
  send(): void {
    out.push(this);
  }
  abort(): void {
    this.aborted = true;
    this.onabort();
  }
  answer(status: number): void {
    this.status = status;
    this.responseText = "{}";
    this.onload();
  }
}
vi.stubGlobal("XMLHttpRequest", Requesting);

const { queryClient } = await import("@/lib/query");
const { sessionQuery } = await import("@/lib/session");
const { uploads } = await import("@/pages/documents/uploads");

async function signedIn(name: string | null): Promise<void> {
  user = name;
  await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
}
const add = (owner: string, ...names: string[]) =>
  uploads.add(
    names.map((name) => ({
      ...{ file: new File([name], name), collection: "general" },
      ...{ space: "s1", user: owner },
    })),
  );
const states = () => uploads.snapshot().map(({ job, state }) => `${job.file.name} ${state}`);

beforeEach(async () => {
  await signedIn("ada");
  out.length = 0;
});
afterEach(() => uploads.drop(() => true));

test("nothing of one person's goes out as the next one's, nor is seen by them", async () => {
  add("ada", "a", "b", "c", "d");
  expect(states()).toEqual(["a sending", "b sending", "c sending", "d waiting"]);
  await signedIn("ben");
  expect(states()).toEqual([]);
  expect(out.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  add("ben", "e");
  await until(() => expect(states()).toEqual(["e sending"]));
  expect(out).toHaveLength(4);
});

test("what waits for the edge to have room waits for nobody else", async () => {
  add("ada", "a");
  out[0]?.answer(429);
  await until(() => expect(uploads.held()).toBe("paused"));
  await signedIn(null);
  await signedIn("ben");
  expect([uploads.held(), ...states()]).toEqual([null]);
});

test("who has to sign in again finds what they added, and it goes out then", async () => {
  add("ada", "a", "b", "c", "d");
  await signedIn(null);
  for (const one of out) one.answer(401);
  await until(() => expect(states()).toEqual(["a failed", "b failed", "c failed", "d failed"]));
  expect(out).toHaveLength(3);
  await signedIn("ada");
  uploads.retryFailed();
  expect(states()).toEqual(["a sending", "b sending", "c sending", "d waiting"]);
});
