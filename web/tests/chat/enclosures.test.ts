import { beforeEach, expect, test, vi } from "vitest";

const sendFile = vi.hoisted(() => vi.fn<(job: { file: File }) => Promise<never>>());
vi.mock("@/pages/documents/send", () => ({ sendFile }));
vi.stubGlobal("localStorage", { getItem: () => "s1", setItem: () => undefined });
vi.stubGlobal("location", { origin: "http://here" });

const { Enclosures, MOST } = await import("@/chat/composer/uploads");

const files = (count: number) =>
  Array.from({ length: count }, (_, n) => new File([""], `${n}.txt`));
const sent = () => sendFile.mock.calls.map(([{ file }]) => file.name);
const shown = (one: InstanceType<typeof Enclosures>) =>
  one.store.get().enclosures.map(({ name }) => name);

beforeEach(() => {
  sendFile.mockReset().mockReturnValue(new Promise(() => undefined));
});

test("a file that a message has no room for goes nowhere, and is told of", () => {
  const own = new Enclosures([{ document_id: "d1", title: "Known" }]);
  expect(own.add(files(MOST + 4))).toBe(5);
  expect(shown(own)).toHaveLength(MOST);
  expect(["Known", ...sent()]).toEqual(shown(own));
});

test("those that come one after the other find what room is left", () => {
  const own = new Enclosures([]);
  expect([own.add(files(MOST - 1)), own.add(files(3)), own.add(files(1))]).toEqual([0, 2, 1]);
  expect(sent()).toEqual(shown(own));
  own.remove(own.store.get().enclosures[0]?.key ?? "");
  expect(own.mention({ document_id: "d1", title: "Named" })).toBe(0);
  expect(own.mention({ document_id: "d1", title: "Named" })).toBe(0);
  expect(own.mention({ document_id: "d2", title: "One too many" })).toBe(1);
  expect(shown(own)).toHaveLength(MOST);
});
