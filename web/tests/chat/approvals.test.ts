import { expect, test } from "vitest";
import { fromText, toText } from "@/approvals/edit";

const ARGUMENTS = { title: "News", count: 2, tags: ["a"], draft: false, code: "12" };

test("arguments that nobody touched stay what they are", () => {
  expect(fromText(toText(ARGUMENTS), ARGUMENTS)).toEqual({ values: ARGUMENTS, broken: [] });
});

test("text stays text, also when it looks like a number", () => {
  const { values } = fromText({ ...toText(ARGUMENTS), code: "13" }, ARGUMENTS);
  expect(values.code).toBe("13");
});

test("what is no value is named", () => {
  const { broken } = fromText({ ...toText(ARGUMENTS), tags: "[a" }, ARGUMENTS);
  expect(broken).toEqual(["tags"]);
});
