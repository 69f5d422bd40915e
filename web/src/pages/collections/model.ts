import type { components } from "@holdfast/client";
import { useMutation } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useStale, useStaleSoon } from "@/pages/documents/model";

export type NewCollection = components["schemas"]["NewCollection"];
export type Hit = components["schemas"]["Hit"];
export type Chunker = components["schemas"]["Chunker"];
export const CHUNKERS = ["semantic", "recursive", "sentence", "fixed"] as const;
/** What ships and stays. */
export const PERMANENT = ["general", "approved_content"];

export function useCreateCollection() {
  const stale = useStale();
  return useMutation({
    mutationFn: (body: NewCollection) => got(api.POST("/v1/collections", { body })),
    onSuccess: stale,
  });
}

export function useChangeCollection() {
  const stale = useStaleSoon();
  return useMutation({
    mutationFn: ({ name, ...body }: NewCollection) =>
      got(api.PATCH("/v1/collections/{name}", { params: { path: { name } }, body })),
    onSuccess: stale,
  });
}

export function useDeleteCollection() {
  const stale = useStaleSoon();
  return useMutation({
    mutationFn: async (name: string) => {
      await got(api.DELETE("/v1/collections/{name}", { params: { path: { name } } }));
    },
    onSuccess: stale,
  });
}

export interface Question {
  query: string;
  collection: string;
  top: number;
  rerank: boolean;
}

export function useSearchTry() {
  return useMutation({
    mutationFn: ({ query, collection, top, rerank }: Question) => {
      const body = { query, collections: [collection], top_k: top, rerank };
      return got(api.POST("/v1/search", { body }));
    },
  });
}
