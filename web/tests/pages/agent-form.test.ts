import { expect, test } from "vitest";
import { ApiError } from "@/lib/problem";
import { changed, seconds, written, wrongAt } from "@/pages/agent/form";
import type { Agent } from "@/pages/agents/model";

const AGENT: Partial<Agent> = {
  description: "Writes.",
  tools: ["a", "b"],
  temperature: 0.3,
  deadline: "PT10M",
  retrieves: true,
  examples: [],
};

test("what is not touched is not sent", () => {
  const before = written(AGENT);
  expect(changed({ ...before }, before)).toEqual({});
});

test("what is written is read back as it was", () => {
  const before = written(AGENT);
  const after = {
    ...before,
    tools: "a,  c",
    temperature: "",
    deadline: "2.5",
    retrieves: "false",
    examples: '[{"user": "Hi", "assistant": "Hello"}]',
    model: "fast",
    description: "",
  };
  expect(changed(after, before)).toEqual({
    tools: ["a", "c"],
    temperature: null,
    deadline: 150,
    retrieves: false,
    examples: [{ user: "Hi", assistant: "Hello" }],
    model: "fast",
    description: "",
  });
});

test.each([
  ["PT10M", 600],
  ["PT1H30M", 5400],
  ["P1DT1S", 86_401],
  ["PT0.5S", 0.5],
  ["nonsense", 0],
])("%s is %d seconds", (duration, expected) => {
  expect(seconds(duration)).toBe(expected);
});

test("a mistake stands at the field that it is about", () => {
  const known = new ApiError(422, "agent_tool_unknown", "There is no tool x.", null);
  expect(wrongAt(known, "tools")).toBe("There is no tool x.");
  expect(wrongAt(known, "members")).toBe(null);
  const pointed = new ApiError(422, "request_invalid", "…", null, null, [
    { pointer: "/top_k", detail: "50 at most" },
  ]);
  expect(wrongAt(pointed, "top_k")).toBe("50 at most");
});
