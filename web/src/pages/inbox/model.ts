import type { components } from "@holdfast/client";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLeft } from "@/approvals/left";
import { api, got } from "@/lib/api";
import { useMay, useSession, useSpace } from "@/lib/session";
import type { APPROVAL_STATES } from "@/pages/searches";
import { rhythm } from "./rhythm";

export type Approval = components["schemas"]["ApprovalView"];
export type Verdict = components["schemas"]["Verdict"];
export type Decision = Verdict["decision"];
export type StateFilter = (typeof APPROVAL_STATES)[number] | "all";

/** Others decide too, here and in Slack. */
const LOOK_EVERY = 15_000;
const PAGE = 50;

export function useApprovals(state: StateFilter) {
  const space = useSpace()?.id;
  return useInfiniteQuery({
    queryKey: ["approvals", space, state],
    queryFn: ({ pageParam }) => {
      const query = { state: state === "all" ? null : state, limit: PAGE, cursor: pageParam };
      return got(api.GET("/v1/approvals", { params: { query } }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: LOOK_EVERY,
  });
}

/** One by its id. A call that was approved is asked about until it has run. */
export function useApproval(id: string | undefined, listed?: Approval) {
  const space = useSpace()?.id;
  return useQuery({
    queryKey: ["approvals", space, "one", id],
    queryFn: () =>
      got(api.GET("/v1/approvals/{approval_id}", { params: { path: { approval_id: id ?? "" } } })),
    enabled: id !== undefined,
    initialData: listed,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => data !== undefined && rhythm(data),
  });
}

/** The one that was chosen: the list follows those that wait, and says when one does no more. */
export function useChosen(id: string | undefined, listed: Approval | undefined) {
  const found = useApproval(id, listed);
  const { data, refetch } = found;
  const waits = data?.state === "pending";
  const seen = listed?.state;
  useEffect(() => {
    if (waits && seen !== "pending") void refetch();
  }, [waits, seen, refetch]);
  useEffect(() => {
    if (!waits || seen) return;
    const timer = setInterval(() => void refetch(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, [waits, seen, refetch]);
  return found;
}

export function useVerdict(approval: Approval) {
  const client = useQueryClient();
  const params = { path: { approval_id: approval.id } };
  return useMutation({
    mutationFn: (verdict: Verdict) => {
      const body = { ...verdict, arguments_hash: approval.arguments_hash };
      return got(api.POST("/v1/approvals/{approval_id}", { params, body }));
    },
    // Also after a refusal: somebody else may have decided.
    onSettled: () => void client.invalidateQueries({ queryKey: ["approvals"] }),
  });
}

export type Standing = "may" | "role" | "yours" | "over";

/** Whether the person who looks may decide, and why not. */
export function useStanding(approval: Approval): Standing {
  const me = useSession().user?.id;
  const may = useMay(approval.approvers);
  const left = useLeft(approval.expires_at);
  if (approval.state !== "pending" || left <= 0) return "over";
  if (!may) return "role";
  return approval.four_eyes && approval.requested_by === me ? "yours" : "may";
}

/** What it is called: the tool, or for reviews what they are about. */
export function subject({ tool, content_id, arguments: given }: Approval): string {
  return content_id && typeof given.title === "string" ? given.title : tool;
}
