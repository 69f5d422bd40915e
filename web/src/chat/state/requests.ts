import { JSON_TYPE } from "@/conversations/api";
import { request } from "@/lib/request";
import type { Page } from "./history";
import type { Feedback } from "./message";
import type { Letter } from "./outbox";
import type { Queued } from "./queue";

/** Turns on the newest page, and on those before it, which are asked for while scrolling. */
const NEWEST = 20;
const OLDER = 50;

export async function history(id: string, cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({
    limit: String(cursor === null ? NEWEST : OLDER),
    ...(cursor !== null && { cursor }),
  });
  return (await request(`/v1/ai-sdk/chat/${id}/messages?${query}`)).json();
}

/** Hand a letter over; its answer is followed apart from this. */
export async function post(letter: Letter): Promise<{ position: number }> {
  if (letter.first) return begin(letter);
  const body = {
    id: letter.id,
    content: letter.text,
    on_busy: letter.onBusy,
    ...(letter.agent !== null && { agent: letter.agent }),
    ...(letter.parentId !== null && { parent_id: letter.parentId }),
    references: letter.attachments.map(({ document_id }) => document_id),
  };
  const init = { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) };
  const path = `/v1/conversations/${letter.conversationId}/messages`;
  return (await request(path, init)).json();
}

/** The first of a conversation whose id was chosen here: this door makes it. */
async function begin(letter: Letter): Promise<{ position: number }> {
  const message = { id: letter.id, role: "user", parts: [{ type: "text", text: letter.text }] };
  const body = {
    id: letter.conversationId,
    messages: [message],
    on_busy: letter.onBusy,
    ...(letter.agent !== null && { agent: letter.agent }),
    references: letter.attachments.map(({ document_id }) => document_id),
  };
  const init = { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) };
  const response = await request("/v1/ai-sdk/chat", init);
  // Taken: leaving a stream stops nothing.
  await response.body?.cancel();
  return { position: 0 };
}

export async function queue(id: string): Promise<Queued[]> {
  return (await (await request(`/v1/conversations/${id}/queue`)).json()).items;
}

export async function takeBack(id: string, messageId: string): Promise<void> {
  await request(`/v1/conversations/${id}/queue/${messageId}`, { method: "DELETE" });
}

/** That turn; without a name, whichever runs or is next. */
export async function stopTurn(id: string, turnId: string | null): Promise<void> {
  const named = turnId === null ? "" : `?${new URLSearchParams({ turn_id: turnId })}`;
  await request(`/v1/conversations/${id}/stop${named}`, { method: "POST" });
}

/** Where a conversation is to end: at a message, at its latest descendant, or behind an answer. */
export type Leaf = { message_id: string; newest?: boolean } | { turn_id: string };

export async function moveLeaf(id: string, leaf: Leaf): Promise<void> {
  const body = JSON.stringify(leaf);
  await request(`/v1/conversations/${id}/leaf`, { method: "PUT", headers: JSON_TYPE, body });
}

export async function fork(id: string, messageId: string): Promise<{ id: string }> {
  const body = JSON.stringify({ message_id: messageId });
  const init = { method: "POST", headers: JSON_TYPE, body };
  return (await request(`/v1/conversations/${id}/fork`, init)).json();
}

export async function rate(id: string, messageId: string, given: Feedback | null): Promise<void> {
  const path = `/v1/conversations/${id}/messages/${messageId}/feedback`;
  if (given === null) await request(path, { method: "DELETE" });
  else await request(path, { method: "PUT", headers: JSON_TYPE, body: JSON.stringify(given) });
}
