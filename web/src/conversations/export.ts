import { request } from "@/lib/request";
import type { Conversation } from "./api";

/** Save a conversation as a file. */
export async function download(
  conversation: Conversation,
  format: "markdown" | "json",
): Promise<void> {
  const response = await request(`/v1/conversations/${conversation.id}/export?format=${format}`);
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = `${conversation.title ?? conversation.id}.${format === "json" ? "json" : "md"}`;
  link.click();
  URL.revokeObjectURL(address);
}
