import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isAlone, LETTERS } from "@/lib/keys";

/** What is typed into, or a place on the page. */
class Element {
  constructor(readonly taken: boolean) {}
  closest() {
    return this.taken ? this : null;
  }
}

const kept = new Map<string, string>();
const pressed = (key: string, more: object = {}) =>
  ({ key, target: new Element(false), ...more }) as unknown as KeyboardEvent;

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("HTMLElement", Element);
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null });
});
afterEach(() => vi.unstubAllGlobals());

test("a character alone does something, unless it is typed or belongs to the browser", () => {
  expect(isAlone(pressed("j"))).toBe(true);
  expect(isAlone(pressed("j", { target: new Element(true) }))).toBe(false);
  expect(isAlone(pressed("a", { ctrlKey: true }))).toBe(false);
  expect(isAlone(pressed("a", { defaultPrevented: true }))).toBe(false);
});

test("none does anything where they are switched off", () => {
  kept.set(LETTERS, "false");
  expect(["j", "k", "a", "d", "/", "?"].map((key) => isAlone(pressed(key)))).toEqual(
    Array(6).fill(false),
  );
  kept.set(LETTERS, "true");
  expect(isAlone(pressed("j"))).toBe(true);
});

test("the help lists each character that a page listens for", async () => {
  vi.stubGlobal("navigator", { userAgent: "" });
  const { SHORTCUTS } = await import("@/shell/shortcuts");
  const alone = SHORTCUTS.filter(({ alone }) => alone).map(({ keys }) => keys);
  expect(alone.sort()).toEqual(["/", "?", ...listenedFor()].sort());
});

/** The names in each `useKeys({ … })`. */
function listenedFor(): string[] {
  const sources = import.meta.glob<string>("../../src/**/*.{ts,tsx}", {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const given = Object.values(sources).flatMap((source) =>
    [...source.matchAll(/\buseKeys\(\{(.*?)\}\);/gs)].map(([, keys = ""]) => keys),
  );
  return given.flatMap((keys) => [...keys.matchAll(/\b(\w): /g)].map(([, key = ""]) => key));
}
