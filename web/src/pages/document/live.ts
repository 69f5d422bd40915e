import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, got } from "@/lib/api";
import { type Document, isPending, useStale } from "@/pages/documents/model";

const KINDS = ["document.progress", "document.ready", "document.failed"];
/** Where no stream can be had: the space has as many as it may, or the connection broke. */
const ASK_EVERY = 2_000;

/** Follows a document that is being taken in; a stream tells, else it is asked about. */
export function useLive(document: Document | undefined): void {
  const client = useQueryClient();
  const stale = useStale();
  const id = document && isPending(document) ? document.id : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: one stream for each document
  useEffect(() => {
    if (id === null) return;
    const told = () => void client.invalidateQueries({ queryKey: ["document"] });
    const following = new AbortController();
    void follow(id, told, following.signal).then((ended) => {
      if (ended) void stale();
    });
    return () => following.abort();
  }, [id]);
}

/** True when its ingestion has ended. */
async function follow(id: string, told: () => void, signal: AbortSignal): Promise<boolean> {
  const ticket = await got(
    api.POST("/v1/stream-tickets", { body: { document_id: id }, signal }),
  ).catch(() => null);
  if (ticket && (await streamed(id, ticket.ticket, told, signal))) return true;
  return asked(told, signal);
}

function streamed(
  id: string,
  ticket: string,
  told: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const source = new EventSource(`/v1/documents/${id}/events?ticket=${ticket}`);
  const ended = new Promise<boolean>((resolve) => {
    for (const kind of KINDS) {
      source.addEventListener(kind, () => {
        told();
        if (kind !== "document.progress") resolve(true);
      });
    }
    // A ticket opens one stream, once: the browser's own second try would be refused.
    source.addEventListener("error", () => resolve(false));
    signal.addEventListener("abort", () => resolve(false));
  });
  return ended.finally(() => source.close());
}

async function asked(told: () => void, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
    if (!signal.aborted) told();
  }
  return false;
}
