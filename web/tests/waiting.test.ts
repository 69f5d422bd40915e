import { describe, expect, test } from "vitest";
import i18n from "@/i18n";

/** What waits for something beneath a page hides that page, and the dialogs that stand over it:
 * only a page itself may wait, before it is shown, or what has a boundary of its own. */

const SOURCES = import.meta.glob<string>("../src/**/*.{ts,tsx}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const PAGES = Object.keys(SOURCES).filter((file) => /\/pages\/[^/]+\/index\.tsx$/.test(file));
const FRAME = ["../src/main.tsx", "../src/shell/shell.tsx", "../src/conversations/share.tsx"];

function source(file: string): string {
  return SOURCES[file] ?? "";
}

function imported(file: string): string[] {
  return [...source(file).matchAll(/ from "([@.][^"]*)"/g)].flatMap(([, name = ""]) => {
    const base = name.startsWith("@/") ? "file:///src/" : `file://${file.slice(2)}`;
    const path = `..${new URL(name.replace("@/", "./"), base).pathname}`;
    const found = ["", ".ts", ".tsx", "/index.ts", "/index.tsx"].map((end) => path + end);
    return found.filter((one) => one in SOURCES);
  });
}

/** It, and all that comes with it. */
function reached(file: string, found = new Set([file])): Set<string> {
  for (const next of imported(file)) {
    if (!found.has(next)) reached(next, found.add(next));
  }
  return found;
}

/** The files of words that it asks for and that do not come with the app. */
function late(files: Iterable<string>): Set<string> {
  const asked = [...files].flatMap((file) => [
    ...source(file).matchAll(/(?:useTranslation\(|\bns: )"(\w+)"/g),
  ]);
  const names = asked.map(([, name = ""]) => name);
  return new Set(names.filter((name) => !i18n.hasResourceBundle("en", name)));
}

describe("words", () => {
  test.each(FRAME)("of %s come with the app", (file) => {
    expect(reached(file).size).toBeGreaterThan(5);
    expect([...late(reached(file))]).toEqual([]);
  });

  test.each(PAGES)("of %s come with it, or with the app", (page) => {
    expect(reached(page).size).toBeGreaterThan(3);
    const own = late([page]);
    expect(own.size).toBeLessThan(2);
    expect(late(reached(page))).toEqual(own);
  });
});

test("what else waits has a boundary of its own", () => {
  const waits = Object.keys(SOURCES).filter((file) =>
    /\b(lazy|use|useSuspense\w*)\(/.test(source(file).replaceAll(/\.use\(/g, "")),
  );
  const bare = waits.filter((file) => !source(file).includes("<Suspense"));
  expect(bare).toEqual(["../src/shell/lazy-page.tsx"]);
});
