import { useState } from "react";

/** What is being written: what others save meanwhile does not take it away. */
export function useDraft(saved: string) {
  const [draft, setDraft] = useState<string | null>(null);
  return { text: draft ?? saved, setText: setDraft, done: () => setDraft(null) };
}
