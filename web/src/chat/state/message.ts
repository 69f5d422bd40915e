import type { UIMessage } from "ai";
import type { Role } from "@/lib/session";

/** What our dialect says in AI SDK's messages (ADR 0036). */

export interface Attachment {
  document_id: string;
  /** Null: the document has been deleted. */
  title: string | null;
  status?: string;
}
export interface Feedback {
  rating: "up" | "down";
  reason?: string | null;
  comment?: string | null;
}
export interface Usage {
  input_tokens?: number;
  output_tokens?: number;
  cached_tokens?: number;
  cost_usd?: string | number;
  first_token_ms?: number;
}
export interface Metadata {
  conversation_id?: string;
  turn_id?: string;
  user_message_id?: string;
  agent?: string;
  created_at?: string;
  /** Set when the turn has ended, and how. */
  outcome?: string;
  finish?: string;
  code?: string;
  detail?: string;
  cursor?: string;
  message_ids?: string[];
  usage?: Usage;
  answers?: string[];
  feedback?: { up: number; down: number; own: Feedback | null } | null;
  siblings?: string[];
  attachments?: Attachment[];
}
export interface Quote {
  path: string;
  text: string;
  source: string;
}
export type ApprovalState = "pending" | "approve" | "deny" | "revise" | "expired" | "withdrawn";
export interface ApprovalPart {
  approval_id: string;
  call_id: string;
  tool: string;
  arguments: Record<string, unknown>;
  arguments_hash: string;
  reason: string;
  tainted: boolean;
  quotes: Quote[];
  approvers: Role;
  four_eyes: boolean;
  expires_at: string;
  state: ApprovalState;
  decided_by?: string;
  note?: string;
  via?: string;
  edited?: Record<string, unknown>;
  agent?: string;
}
export interface ChildPart {
  call_id: string;
  run_id: string;
  parent_run_id: string | null;
  agent: string;
  task?: string;
  text: string;
  calls: { call_id: string; name: string; state: string; code?: string }[];
  input_tokens: number;
  output_tokens: number;
  outcome: string | null;
}
export interface Source {
  mark: number;
  passage_id: string;
  document_id: string;
  title: string;
  heading?: string;
  snippet: string;
  page?: number | null;
  collection?: string;
  url?: string | null;
  start?: number;
  end?: number;
}
export type DataParts = {
  agent: { agent: string; reason: string; strategy: string };
  retrieval: { query: string | null; passages?: number; error?: string | null };
  approval: ApprovalPart;
  child: ChildPart;
  notice: {
    kind: string;
    reason?: string;
    reasons?: string[];
    where?: string;
    source?: string;
    level?: string;
  };
  queued: { position: number };
  title: { title: string };
};
export type Message = UIMessage<Metadata, DataParts>;
export type Part = Message["parts"][number];

export function textOf(message: Message): string {
  return message.parts
    .filter((part) => part.type === "text")
    .map((part) => part.text)
    .join("\n\n");
}

/** The sources of an answer, by their marks. */
export function sourcesOf(message: Message): Map<number, Source> {
  const sources = new Map<number, Source>();
  for (const part of message.parts) {
    if (part.type !== "source-document" && part.type !== "source-url") continue;
    const source = part.providerMetadata?.holdfast as unknown as Source | undefined;
    if (source) sources.set(source.mark, source);
  }
  return sources;
}

/** Its turn has not ended, as far as this page knows. */
export function isOpen(message: Message | undefined): boolean {
  return message?.role === "assistant" && message.metadata?.outcome === undefined;
}
