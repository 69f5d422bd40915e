import { createContext, useContext } from "react";
import type { Conversation } from "./state/conversation";

export interface Here {
  conversation: Conversation;
  /** A turn runs: branches wait until it has ended. */
  busy: boolean;
  /** Whether the caller may talk here. */
  may: boolean;
  /** Begin to edit this question; null: none. */
  edit: (messageId: string | null) => void;
  editing: string | null;
}

/** The conversation around a message. Changes rarely: messages are not drawn again for it. */
export const HereContext = createContext<Here | null>(null);

export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error("There is no conversation around this.");
  return here;
}
