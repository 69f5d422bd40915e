import { expect, test } from "vitest";
import type { Message, Part } from "@/chat/state/message";
import { withThoughts } from "@/chat/thoughts";

const text = (said: string): Part => ({ type: "text", text: said });
const thought = (said: string): Part => ({ type: "reasoning", text: said, state: "streaming" });
const call = (id: string): Part => ({
  type: "dynamic-tool",
  toolName: "calculator",
  toolCallId: id,
  state: "input-available",
  input: {},
});
const message = (id: string, ...parts: Part[]): Message => ({ id, role: "assistant", parts });
const shown = (parts: Part[]) =>
  parts.map((part) => ("text" in part ? part.text : "toolCallId" in part ? part.toolCallId : ""));

test("thoughts stay where they stood when the history takes the stream's place", () => {
  withThoughts(message("a", thought("hm"), call("c1"), thought("so"), text("42")));

  const stored = withThoughts(message("a", call("c1"), text("42")));

  expect(shown(stored)).toEqual(["hm", "c1", "so", "42"]);
  expect(stored.every((part) => !("state" in part) || part.state !== "streaming")).toBe(true);
});

test("an answer that was thought about without a word keeps its thoughts", () => {
  withThoughts(message("b", thought("hm")));

  expect(shown(withThoughts(message("b")))).toEqual(["hm"]);
});

test("others have none, and only so many are kept", () => {
  const plain = message("c", text("1"));
  expect(withThoughts(plain)).toBe(plain.parts);

  withThoughts(message("first", thought("hm"), text("1")));
  for (let number = 0; number < 50; number += 1) {
    withThoughts(message(`many ${number}`, thought("hm"), text("1")));
  }
  expect(shown(withThoughts(message("first", text("1"))))).toEqual(["1"]);
  expect(shown(withThoughts(message("many 49", text("1"))))).toEqual(["hm", "1"]);
});
