import { expect, test } from "vitest";

/** Attributes that people read or hear. Text between tags is Biome's to find (noJsxLiterals). */
const SPOKEN =
  /\b(aria-label|title|placeholder|alt|label|description)="((?!https?:)[^"]*[A-Za-z]{2}[^"]*)"/g;

const SOURCES = import.meta.glob<string>("../src/**/*.tsx", {
  query: "?raw",
  import: "default",
  eager: true,
});

test("nothing that people read stands outside of the files for translation", () => {
  const files = Object.entries(SOURCES);
  const found = files.flatMap(([file, source]) =>
    [...source.matchAll(SPOKEN)].map((match) => `${file}: ${match[0]}`),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(found).toEqual([]);
});
