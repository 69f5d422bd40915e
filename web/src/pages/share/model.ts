import type { components } from "@holdfast/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { api, got } from "@/lib/api";
import { ApiError } from "@/lib/problem";

export type SharedMessage = components["schemas"]["SharedMessageView"];

/** Needs nobody signed in: the link is the key. */
export function useShared(token: string) {
  return useInfiniteQuery({
    queryKey: ["shared", token],
    queryFn: ({ pageParam }) => {
      const params = { path: { token }, query: { cursor: pageParam } };
      return got(api.GET("/v1/shared/{token}", { params }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type Refusal = "unknown" | "share_expired" | "share_revoked" | "busy";

/** Why a link shows nothing; null for what may work in a moment. */
export function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof ApiError)) return null;
  if (error.status === 410) {
    return error.code === "share_revoked" ? "share_revoked" : "share_expired";
  }
  if (error.status === 429) return "busy";
  return error.status === 404 || error.status === 422 ? "unknown" : null;
}
