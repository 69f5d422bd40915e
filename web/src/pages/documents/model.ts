import type { components } from "@holdfast/client";
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { useSpace } from "@/lib/session";

export type Document = components["schemas"]["DocumentView"];
export type DocumentStatus = components["schemas"]["DocumentStatus"];
export type Collection = components["schemas"]["CollectionView"];
export type Passage = components["schemas"]["DocumentPassage"];
export type DocumentChange = components["schemas"]["DocumentChange"];

export interface Filters {
  query?: string;
  status?: DocumentStatus;
  media_type?: string;
  collection?: string;
}

const PAGE = 100;
/** While something is taken in; each page that was loaded is asked for again. */
const WATCH_EVERY = 2_000;

export const isPending = ({ status }: Document): boolean =>
  status === "queued" || status === "processing";

export function useDocuments(filters: Filters) {
  const space = useSpace()?.id;
  return useInfiniteQuery({
    queryKey: ["documents", space, filters],
    queryFn: ({ pageParam }) => {
      const query = { ...filters, limit: PAGE, cursor: pageParam };
      return got(api.GET("/v1/documents", { params: { query } }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some(isPending))
        ? WATCH_EVERY * data.pages.length
        : false,
  });
}

export function useCollections() {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["collections", space],
    queryFn: async () => (await got(api.GET("/v1/collections"))).items,
  });
}

export function useFormats() {
  return useQuery({
    queryKey: ["info"],
    queryFn: () => got(api.GET("/v1/info")),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}

const LISTS = ["documents", "collections"];

/** What a change makes old: lists and counts, and the document with its passages. */
export function useStale(keys = [...LISTS, "document", "passages"]) {
  const client = useQueryClient();
  return () => Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

/**
 * The same, without waiting for it: who waits is told of a change after the page has followed it,
 * and then whatever asked for it may be gone from the page and hears nothing.
 */
export function useStaleSoon(keys?: string[]) {
  const stale = useStale(keys);
  return () => void stale();
}

export type NewDocument = { collection: string; title?: string } & (
  | { url: string }
  | { text: string }
);

export function useAddDocument() {
  const stale = useStaleSoon();
  return useMutation({
    mutationFn: (body: NewDocument) => got(api.POST("/v1/documents", { body })),
    onSuccess: stale,
  });
}

export function useChangeDocument(id: string) {
  const stale = useStaleSoon();
  const params = { path: { document_id: id } };
  return useMutation({
    mutationFn: (body: DocumentChange) =>
      got(api.PATCH("/v1/documents/{document_id}", { params, body })),
    onSuccess: stale,
  });
}

export function useDeleteDocument() {
  // Not the document itself: asking for it again would only find that it is gone.
  const stale = useStaleSoon(LISTS);
  return useMutation({
    mutationFn: async (id: string) => {
      const params = { path: { document_id: id } };
      await got(api.DELETE("/v1/documents/{document_id}", { params }));
    },
    onSuccess: stale,
  });
}
