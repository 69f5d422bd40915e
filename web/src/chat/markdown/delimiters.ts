/** Code, where a backslash means itself. */
const CODE = /(```[\s\S]*?(?:```|$)|`[^`\n]*`)/;
const FENCE = "$$";

/** Formulas as models write them, `\\( \\)` and `\\[ \\]`, as Markdown has them. */
export function withDollars(text: string): string {
  if (!text.includes("\\(") && !text.includes("\\[")) return text;
  return text
    .split(CODE)
    .map((piece, index) => (index % 2 === 1 ? piece : replaced(piece)))
    .join("");
}

function replaced(text: string): string {
  const block = (_: string, formula: string) => `\n${FENCE}\n${formula.trim()}\n${FENCE}\n`;
  const inline = (_: string, formula: string) => `${FENCE}${formula.trim()}${FENCE}`;
  return text.replace(/\\\[([\s\S]*?)\\\]/g, block).replace(/\\\((.*?)\\\)/g, inline);
}
