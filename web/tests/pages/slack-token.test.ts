import { expect, test } from "vitest";
import { tokenOf } from "@/pages/slack/token";

test.each([
  ["#token=a.b-c_d", "", "a.b-c_d"],
  ["#a.b-c_d", "", "a.b-c_d"],
  ["", "?token=a.b", "a.b"],
  ["#token=mine", "?token=other", "mine"],
  ["", "", ""],
])("the token of %s%s is read", (hash, search, expected) => {
  expect(tokenOf({ hash, search })).toBe(expected);
});
