import { expect, test } from "vitest";
import { differences } from "@/pages/agent/difference";
import type { Agent } from "@/pages/agents/model";

const agent = (fields: Partial<Agent>): Agent =>
  ({ name: "brand", version: 1, tools: [], instructions: "", ...fields }) as Agent;

test("versions that say the same do not differ", () => {
  expect(differences(agent({ version: 1 }), agent({ version: 2 }))).toEqual([]);
});

test("a line that was changed stands beside what it was", () => {
  const before = agent({ instructions: "Be warm.\nBe brief." });
  const after = agent({ instructions: "Be warm.\nBe very brief." });
  expect(differences(before, after)).toEqual([
    {
      field: "instructions",
      lines: [
        { kind: "same", text: "Be warm." },
        { kind: "removed", text: "Be brief." },
        { kind: "added", text: "Be very brief." },
      ],
    },
  ]);
});

test("lists are compared one entry a line", () => {
  const [tools] = differences(agent({ tools: ["a"] }), agent({ tools: ["a", "b"] }));
  expect(tools?.lines).toContainEqual({ kind: "added", text: '  "b"' });
});

test("what is the same far away is left out", () => {
  const text = Array.from({ length: 50 }, (_, line) => `line ${line}`);
  const changed = text.with(25, "another");
  const [found] = differences(
    agent({ instructions: text.join("\n") }),
    agent({ instructions: changed.join("\n") }),
  );
  expect(found?.lines.map(({ text }) => text)).toEqual([
    "…",
    ...text.slice(22, 25),
    "line 25",
    "another",
    ...text.slice(26, 29),
    "…",
  ]);
});

test("a field that only one version has differs", () => {
  expect(differences(agent({}), agent({ model: "fast" }))).toEqual([
    { field: "model", lines: [{ kind: "added", text: "fast" }] },
  ]);
});
