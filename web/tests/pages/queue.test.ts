import { expect, test, vi } from "vitest";
import { MOST, type Send, UploadQueue } from "@/pages/documents/queue";
import { until } from "../until";

const states = (queue: UploadQueue<string, string>) => queue.snapshot().map(({ state }) => state);

/** A server that answers when the test says so. */
function server() {
  const waiting = new Map<
    string,
    { resolve: (id: string) => void; reject: (why: Error) => void }
  >();
  const send: Send<string, string> = (name, { signal }) =>
    new Promise((resolve, reject) => {
      waiting.set(name, { resolve, reject });
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  return { send, waiting };
}

test("a few are sent at once, and the next follow", async () => {
  const { send, waiting } = server();
  const queue = new UploadQueue<string, string>(send, { atOnce: 2 });
  queue.add(["a", "b", "c"]);
  expect(states(queue)).toEqual(["sending", "sending", "waiting"]);
  waiting.get("a")?.resolve("1");
  await until(() => expect(states(queue)).toEqual(["done", "sending", "sending"]));
});

test("what failed is sent again when asked, and nothing else waits for it", async () => {
  const { send, waiting } = server();
  const queue = new UploadQueue<string, string>(send, { atOnce: 1 });
  queue.add(["a", "b"]);
  waiting.get("a")?.reject(new Error("away"));
  await until(() => expect(states(queue)).toEqual(["failed", "sending"]));
  queue.retry(1);
  expect(states(queue)).toEqual(["waiting", "sending"]);
  waiting.get("b")?.resolve("2");
  await until(() => expect(states(queue)).toEqual(["sending", "done"]));
  waiting.get("a")?.resolve("1");
  await until(() => expect(states(queue)).toEqual(["done", "done"]));
});

test("what is done is not sent again", async () => {
  const send = vi.fn<Send<string, string>>().mockResolvedValue("1");
  const queue = new UploadQueue<string, string>(send);
  queue.add(["a"]);
  await until(() => expect(states(queue)).toEqual(["done"]));
  queue.retry(1);
  expect(send).toHaveBeenCalledTimes(1);
});

test("one that is cancelled gives its place to the next", async () => {
  const { send } = server();
  const queue = new UploadQueue<string, string>(send, { atOnce: 1 });
  queue.add(["a", "b", "c"]);
  queue.cancel(1);
  queue.cancel(3);
  await until(() => expect(states(queue)).toEqual(["cancelled", "sending", "cancelled"]));
});

test("a list is full at some point, and says how many it left out", () => {
  const queue = new UploadQueue<string, string>(server().send);
  expect(queue.add(Array.from({ length: MOST + 2 }, (_, n) => `${n}`))).toBe(2);
});

test("what the network broke waits for it, with all that comes after, and then goes out", async () => {
  const { send, waiting } = server();
  const queue = new UploadQueue<string, string>(send, { atOnce: 1, remedyOf: () => "online" });
  queue.add(["a", "b"]);
  waiting.get("a")?.reject(new Error("away"));
  await until(() => expect(queue.held()).toBe("offline"));
  expect(states(queue)).toEqual(["waiting", "waiting"]);
  queue.add(["c"]);
  expect(states(queue)).toEqual(["waiting", "waiting", "waiting"]);
  queue.resume();
  expect(states(queue)).toEqual(["sending", "waiting", "waiting"]);
});

test("a server that has enough is asked again when it said, until it helps no more", async () => {
  vi.useFakeTimers();
  const send = vi.fn<Send<string, string>>().mockRejectedValue(new Error("crowded"));
  const remedyOf = (_: unknown, tries: number) => (tries < 3 ? 5_000 : null);
  const queue = new UploadQueue<string, string>(send, { remedyOf });
  queue.add(["a"]);
  await vi.advanceTimersByTimeAsync(4_999);
  expect([send.mock.calls.length, queue.held()]).toEqual([1, "paused"]);
  await vi.advanceTimersByTimeAsync(10_001);
  expect([send.mock.calls.length, queue.held(), ...states(queue)]).toEqual([3, null, "failed"]);
  vi.useRealTimers();
});

test("all that failed are sent again together, and what was cancelled is not", async () => {
  const { send, waiting } = server();
  const queue = new UploadQueue<string, string>(send, { atOnce: 3 });
  queue.add(["a", "b", "c"]);
  for (const name of ["a", "b"]) waiting.get(name)?.reject(new Error("broken"));
  queue.cancel(3);
  await until(() => expect(states(queue)).toEqual(["failed", "failed", "cancelled"]));
  queue.retryFailed();
  expect(states(queue)).toEqual(["sending", "sending", "cancelled"]);
});
