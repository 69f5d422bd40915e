import { expect, test } from "vitest";
import { stitched } from "@/pages/document/stitch";
import type { Passage } from "@/pages/documents/model";

const passage = (
  index: number,
  start: number,
  text: string,
  length = [...text].length,
): Passage => ({
  id: `${index}`,
  index,
  text,
  heading: "",
  page: null,
  start,
  end: start + length,
});
const texts = (...passages: Passage[]) => stitched(passages).map(({ text }) => text);

test("what two passages share is said once", () => {
  expect(texts(passage(0, 0, "one two"), passage(1, 4, "two three"))).toEqual([
    "one two",
    " three",
  ]);
});

test("characters outside the basic plane count once, as offsets do", () => {
  expect(texts(passage(0, 0, "🙂🙂ab"), passage(1, 2, "abc"))).toEqual(["🙂🙂ab", "c"]);
});

test("a passage that was cleaned is shown whole", () => {
  expect(texts(passage(0, 0, "one two"), passage(1, 4, "two", 9))).toEqual(["one two", "two"]);
});

test("a passage that stands in the one before is left out", () => {
  expect(texts(passage(0, 0, "one two three"), passage(1, 4, "two"))).toEqual(["one two three"]);
});

test("passages are put in order", () => {
  expect(texts(passage(1, 3, "b"), passage(0, 0, "a"))).toEqual(["a", "b"]);
});
