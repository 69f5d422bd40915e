import { useChat } from "@ai-sdk/react";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { currentSpace } from "@/lib/credentials";
import { useSession } from "@/lib/session";
import { Conversation } from "./conversation";
import { composed, steady } from "./history";
import { isOpen, type Message } from "./message";
import { lined } from "./queue";

/** Conversations that are kept while others are looked at: their answers go on. */
const KEPT = 6;
/** Paints of a streaming answer, in milliseconds. */
const PAINT = 50;
/** How often a page that is looked at asks whether something runs that it was not told of. */
const LOOK = 15_000;

const conversations = new Map<string, Conversation>();

/** This page's conversation of that id; `fresh` when it has just been made up here. */
export function conversationOf(id: string, user: string, fresh = false): Conversation {
  const whose = `${user} ${currentSpace()}`;
  const key = `${whose} ${id}`;
  const known = conversations.get(key);
  conversations.delete(key);
  const one = known ?? new Conversation(id, user, fresh);
  conversations.set(key, one);
  for (const [old, left] of conversations) {
    // Nothing of one person or space goes on in another's.
    const foreign = !old.startsWith(whose);
    if (!foreign && (conversations.size <= KEPT || left === one || left.waits)) continue;
    conversations.delete(old);
    left.dispose();
  }
  return one;
}

/** Whether this page has it, and sends what was written in it. */
export function isHere(id: string): boolean {
  return [...conversations.values()].some((one) => one.id === id);
}

export function useConversationOf(id: string, fresh = false): Conversation {
  const user = useSession().user?.id ?? "";
  return useMemo(() => conversationOf(id, user, fresh), [id, user, fresh]);
}

export function useThere(conversation: Conversation): boolean {
  return useSyncExternalStore(conversation.store.subscribe, () => conversation.store.get().there);
}

export type Activity = "idle" | "sending" | "writing" | "asking" | "reconnecting";

/** What a page shows of it. */
export function useShown(conversation: Conversation) {
  const state = useSyncExternalStore(conversation.store.subscribe, conversation.store.get);
  const { messages, status, error } = useChat({
    chat: conversation.chat,
    throttle: PAINT,
  });
  const { pending, queue } = state;
  const waiting = useMemo(
    () => lined(pending, queue, conversation.user),
    [pending, queue, conversation],
  );
  const shown = useMemo(() => composed(messages, waiting), [messages, waiting]);
  const all = useMemo(() => held(shown.messages, state.held), [shown.messages, state.held]);
  const last = all.at(-1);
  return {
    ...state,
    error: state.error ?? error ?? null,
    messages: all,
    waiting: shown.waiting,
    activity: activityOf(status, state.link, last),
  };
}

function held(messages: Message[], before: Message | null): Message[] {
  const last = messages.at(-1);
  if (!before || !last) return messages;
  const now = steady(before, last);
  return now === last ? messages : [...messages.slice(0, -1), now];
}

function activityOf(status: string, link: string, last: Message | undefined): Activity {
  const open = isOpen(last);
  if (link === "reconnecting") return "reconnecting";
  if (open && last && asks(last)) return "asking";
  if (status === "submitted") return "sending";
  return status === "streaming" || open ? "writing" : "idle";
}

function asks(message: Message): boolean {
  return message.parts.some(({ type, ...part }) => {
    const data = "data" in part ? (part.data as { state?: string }) : null;
    return type === "data-approval" && data?.state === "pending";
  });
}

/** Somebody looks at it: see what has happened elsewhere, now and from time to time. */
export function useFollowing(conversation: Conversation): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === "visible") void conversation.follow();
    };
    // One that was kept while others were looked at; what is read for the first time follows itself.
    if (conversation.isRead) look();
    const timer = setInterval(look, LOOK);
    addEventListener("focus", look);
    addEventListener("online", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      removeEventListener("focus", look);
      removeEventListener("online", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [conversation]);
}
