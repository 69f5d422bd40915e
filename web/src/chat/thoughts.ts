import { isToolUIPart } from "ai";
import type { Message, Part } from "./state/message";

type Thought = Extract<Part, { type: "reasoning" }>;
/** A thought, and how many texts and calls stood before it. */
type Placed = { thought: Thought; after: number };

/** Answers whose thoughts are kept; more are not looked at in one sitting. */
const MOST = 50;

/** Thoughts come with the stream and are stored nowhere: what this page has read of them stays on
 * it, also when the history, which has none, takes the stream's place. */
const read = new Map<string, Placed[]>();

export function withThoughts({ id, parts }: Pick<Message, "id" | "parts">): Part[] {
  const now = placed(parts);
  if (now.length > 0) {
    remember(id, now);
    return parts;
  }
  const before = read.get(id);
  return before ? put(parts, before) : parts;
}

function placed(parts: Part[]): Placed[] {
  let after = 0;
  return parts.flatMap((part) => {
    if (part.type === "reasoning") return part.text ? [{ thought: part, after }] : [];
    if (says(part)) after += 1;
    return [];
  });
}

function put(parts: Part[], thoughts: Placed[]): Part[] {
  const left = [...thoughts];
  const all: Part[] = [];
  let seen = 0;
  for (const part of parts) {
    if (says(part)) {
      while (left[0] && left[0].after <= seen) all.push(over(left.shift() as Placed));
      seen += 1;
    }
    all.push(part);
  }
  return [...all, ...left.map(over)];
}

function over({ thought }: Placed): Thought {
  return { ...thought, state: "done" };
}

function says(part: Part): boolean {
  return (part.type === "text" && part.text !== "") || isToolUIPart(part);
}

function remember(id: string, thoughts: Placed[]): void {
  read.delete(id);
  read.set(id, thoughts);
  const oldest = read.keys().next();
  if (read.size > MOST && !oldest.done) read.delete(oldest.value);
}
