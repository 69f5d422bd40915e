import { expect, test } from "vitest";
import { backoff } from "@/chat/state/network";

test("a page that finds no edge asks ever less often, and never all at one instant", () => {
  const least = [0, 1, 2, 3, 10, 100].map((attempt) => backoff(attempt, () => 0));
  const most = [0, 1, 2, 3, 10, 100].map((attempt) => backoff(attempt, () => 1));
  expect(least).toEqual([150, 300, 600, 1_200, 5_000, 5_000]);
  expect(most).toEqual([300, 600, 1_200, 2_400, 10_000, 10_000]);
});
