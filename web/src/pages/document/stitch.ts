import type { Passage } from "@/pages/documents/model";

export interface Block {
  id: string;
  heading: string;
  page: number | null;
  text: string;
}

/**
 * The text that was read, from its passages: they overlap, so that none loses its beginning, and
 * what stands in the one before is left out. Offsets count characters as Python does.
 */
export function stitched(passages: readonly Passage[]): Block[] {
  let end = 0;
  return [...passages]
    .sort((a, b) => a.index - b.index)
    .map((passage) => {
      const characters = [...passage.text];
      // A passage that was cleaned has other lengths than its place: then nothing is cut.
      const exact = characters.length === passage.end - passage.start;
      const overlap = exact ? Math.min(Math.max(end - passage.start, 0), characters.length) : 0;
      end = Math.max(end, passage.end);
      const { id, heading, page } = passage;
      return { id, heading, page, text: characters.slice(overlap).join("") };
    })
    .filter(({ text }) => text.trim() !== "");
}
