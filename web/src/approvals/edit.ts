/** Arguments on their way through a form: each is written as text, and read back as what it was. */

export type Written = Record<string, string>;

export function toText(values: Record<string, unknown>): Written {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value, null, 2),
    ]),
  );
}

/** The values that were written; the names of those that cannot be read. */
export function fromText(
  written: Written,
  original: Record<string, unknown>,
): { values: Record<string, unknown>; broken: string[] } {
  const values: Record<string, unknown> = {};
  const broken: string[] = [];
  for (const [name, text] of Object.entries(written)) {
    if (typeof original[name] === "string") {
      values[name] = text;
      continue;
    }
    try {
      values[name] = JSON.parse(text);
    } catch {
      broken.push(name);
    }
  }
  return { values, broken };
}
