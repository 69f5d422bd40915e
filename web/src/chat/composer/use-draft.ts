import { useEffect, useRef, useState } from "react";
import type { Attachment } from "../state/message";
import { type Draft, draftOf, keepDraft } from "../state/outbox";

/** After the last key, in milliseconds. */
const REST = 300;

/** What was being written here, read once; undefined while it is read. */
export function useDraft(key: string): Draft | null | undefined {
  const [draft, setDraft] = useState<Draft | null>();
  useEffect(() => {
    let over = false;
    setDraft(undefined);
    draftOf(key)
      .catch(() => undefined)
      .then((found) => over || setDraft(found ?? null));
    return () => {
      over = true;
    };
  }, [key]);
  return draft;
}

/** Keep it as it is written; at once when the page is left. */
export function useKeptDraft(key: string, text: string, attachments: Attachment[]): void {
  const now = useRef<Draft | null>(null);
  const kept = JSON.stringify(attachments);
  useEffect(() => {
    const draft = { conversationId: key, text, attachments: JSON.parse(kept) as Attachment[] };
    now.current = draft;
    const keep = () => {
      if (now.current === draft) void keepDraft(draft).catch(() => undefined);
    };
    const timer = setTimeout(keep, REST);
    addEventListener("pagehide", keep);
    return () => {
      clearTimeout(timer);
      removeEventListener("pagehide", keep);
    };
  }, [key, text, kept]);
  useEffect(
    () => () => {
      if (now.current) void keepDraft(now.current).catch(() => undefined);
    },
    [],
  );
}
