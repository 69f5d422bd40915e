import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "@/lib/problem";
import { again, pause } from "@/lib/query";

const refused = (status: number, after: number | null = null) =>
  new ApiError(status, "some", "Some.", null, after);

beforeEach(() => vi.stubGlobal("navigator", { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

test("a server that is away is asked again a few times", () => {
  expect([0, 1, 2, 3].map((failures) => again(failures, new TypeError("fetch")))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(again(0, refused(502))).toBe(true);
  expect([0, 1, 2].map((failures) => pause(failures, refused(502)))).toEqual([1e3, 2e3, 4e3]);
});

test("what is refused by name is not asked again, unless it says to come back soon", () => {
  expect([400, 401, 403, 404, 422].map((status) => again(0, refused(status)))).toEqual(
    Array(5).fill(false),
  );
  expect([again(0, refused(429, 3)), pause(0, refused(429, 3))]).toEqual([true, 3_000]);
  expect(again(0, refused(429, 60))).toBe(false);
});

test("without a network nothing is tried in secret", () => {
  vi.stubGlobal("navigator", { onLine: false });
  expect(again(0, new TypeError("fetch"))).toBe(false);
});
