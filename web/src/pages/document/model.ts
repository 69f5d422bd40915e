import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { request } from "@/lib/request";
import { useSpace } from "@/lib/session";
import { type Document, useStaleSoon } from "@/pages/documents/model";

const PASSAGES = 100;

export function useDocument(id: string) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["document", space, id],
    queryFn: () =>
      got(api.GET("/v1/documents/{document_id}", { params: { path: { document_id: id } } })),
  });
}

/** Of the live version; from the beginning, or from a little before passage `at`. */
export function usePassages({ id, live_version }: Document, at: string | undefined) {
  const space = useSpace()?.id;
  return useInfiniteQuery({
    queryKey: ["passages", space, id, live_version, at],
    queryFn: ({ pageParam }) => {
      const params = {
        path: { document_id: id },
        query: { limit: PASSAGES, cursor: pageParam, at: pageParam ? null : at },
      };
      return got(api.GET("/v1/documents/{document_id}/passages", { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: live_version > 0,
  });
}

/** A new version: searches find the old one until it is ready. */
export function useReplace(id: string) {
  const stale = useStaleSoon();
  return useMutation({
    mutationFn: async (file: File): Promise<Document> => {
      const body = new FormData();
      body.set("file", file);
      return (await request(`/v1/documents/${id}`, { method: "PUT", body })).json();
    },
    onSuccess: stale,
  });
}

export function useRefetch(id: string) {
  const stale = useStaleSoon();
  const params = { path: { document_id: id } };
  return useMutation({
    mutationFn: () => got(api.POST("/v1/documents/{document_id}/refresh", { params })),
    onSuccess: stale,
  });
}

/** Saved, never shown: a file is a stranger's. A link could not say which space is meant. */
export function useDownload({ id, name }: Document) {
  return useMutation({
    mutationFn: async () => {
      const response = await request(`/v1/documents/${id}/original`);
      const address = URL.createObjectURL(await response.blob());
      const link = Object.assign(document.createElement("a"), { href: address, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
    },
  });
}
