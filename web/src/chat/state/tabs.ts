/** Other tabs of this browser hear of a turn at once. */

export interface Told {
  conversationId: string;
  /** Of a message that had not gone, and is not to go any more. */
  discarded?: string | undefined;
}

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("holdfast");

export function tellTabs(conversationId: string, discarded?: string): void {
  channel?.postMessage({ conversationId, discarded } satisfies Told);
}

export function onTold(heard: (told: Told) => void): () => void {
  const listener = (event: MessageEvent<Told>) => heard(event.data);
  channel?.addEventListener("message", listener);
  return () => channel?.removeEventListener("message", listener);
}
