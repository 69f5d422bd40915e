import type { Element, ElementContent, Root, Text } from "hast";
import { SKIP, visit } from "unist-util-visit";

/** `[3]` and `[1, 2]`: marks as answers carry them. */
const MARK = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/g;

function citation(mark: number): Element {
  return { type: "element", tagName: "citation", properties: { mark }, children: [] };
}

/** Text in pieces: what stands between marks, and the marks. */
export function pieces(text: string): ElementContent[] {
  const found: ElementContent[] = [];
  let from = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > from) found.push({ type: "text", value: text.slice(from, match.index) });
    for (const mark of (match[1] ?? "").split(",")) found.push(citation(Number(mark)));
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ type: "text", value: text.slice(from) });
  return found;
}

/** The marks that a text carries. */
export function marksOf(text: string): Set<number> {
  const marks = [...text.matchAll(MARK)].flatMap((match) => (match[1] ?? "").split(","));
  return new Set(marks.map(Number));
}

/** Make citation marks elements of their own, save in code and in links. */
export function citations() {
  return (tree: Root) => {
    visit(tree, (node, index, parent) => {
      if (node.type === "element" && ["code", "pre", "a"].includes(node.tagName)) return SKIP;
      if (node.type !== "text" || index === undefined || !parent) return undefined;
      const found = pieces((node as Text).value);
      if (found.length === 1 && found[0]?.type === "text") return undefined;
      parent.children.splice(index, 1, ...found);
      return index + found.length;
    });
  };
}
