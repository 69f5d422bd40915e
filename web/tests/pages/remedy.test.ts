import { expect, test } from "vitest";
import { ApiError } from "@/lib/problem";
import { remedyOf } from "@/pages/documents/remedy";

const refused = (status: number, after: number | null = null, code = "some") =>
  new ApiError(status, code, "Some.", null, after);

test("a file that the connection lost is sent again by itself a few times, then by hand", () => {
  const lost = refused(0);
  expect([1, 2, 3].map((tries) => remedyOf(lost, tries, true))).toEqual([1_000, 2_000, null]);
});

test("without a network it waits for the network, however long", () => {
  expect(remedyOf(refused(0), 100, false)).toBe("online");
});

test("a server that is crowded says when it takes more", () => {
  expect(remedyOf(refused(429, 30), 1, true)).toBe(30_000);
  expect(remedyOf(refused(503), 1, true)).toBe(5_000);
  expect(remedyOf(refused(429, 3_600), 1, true)).toBeNull();
  expect(remedyOf(refused(429, 30), 20, true)).toBeNull();
});

test("a session that another tab renewed is asked for, and the file goes with it", () => {
  const stale = refused(403, null, "csrf_invalid");
  expect([1, 2, 3].map((tries) => remedyOf(stale, tries, true))).toEqual([1_000, 2_000, null]);
});

test("what is refused by name is not sent again", () => {
  expect(
    [400, 401, 413, 415, 422, 500].map((status) => remedyOf(refused(status), 1, true)),
  ).toEqual(Array(6).fill(null));
  expect(remedyOf(new Error("a folder"), 1, true)).toBeNull();
});
