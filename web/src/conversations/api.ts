import type { components } from "@holdfast/client";
import {
  type InfiniteData,
  infiniteQueryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { toast } from "sonner";
import { reasonOf } from "@/lib/reason";
import { request } from "@/lib/request";

export type Conversation = components["schemas"]["ConversationView"];
export interface ConversationPage {
  items: Conversation[];
  next_cursor: string | null;
}
export type Change = Partial<Pick<Conversation, "pinned" | "agent">> & {
  title?: string;
  archived?: boolean;
};
export type Shown = { query?: string; archived?: boolean };

const PATH = "/v1/conversations";
/** Of a page: more than a tall window shows. */
const PAGE = 50;
/** Pinned ones: who pins more has pinned nothing. */
const PINNED = 100;

async function page(parameters: Record<string, string>): Promise<ConversationPage> {
  return (await request(`${PATH}?${new URLSearchParams(parameters)}`)).json();
}

export function listQuery({ query = "", archived = false }: Shown) {
  return infiniteQueryOptions({
    queryKey: ["conversations", "list", { query, archived }],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      page({
        limit: String(PAGE),
        ...(query && { query }),
        ...(archived && { archived: "true" }),
        ...(pageParam && { cursor: pageParam }),
      }),
    getNextPageParam: (last: ConversationPage) => last.next_cursor ?? undefined,
  });
}

export function useConversations(shown: Shown) {
  return useInfiniteQuery(listQuery(shown));
}

export function usePinned() {
  return useQuery({
    queryKey: ["conversations", "pinned"],
    queryFn: () => page({ pinned: "true", limit: String(PINNED) }),
  });
}

/** `there`: the edge knows it; one that has just been made up here it does not. */
export function useConversation(id: string, there = true) {
  return useQuery({
    enabled: there,
    queryKey: ["conversations", "one", id],
    queryFn: async (): Promise<Conversation> => (await request(`${PATH}/${id}`)).json(),
    staleTime: 30_000,
  });
}

type Pages = InfiniteData<ConversationPage> | undefined;

/** What the lists show at once; they are asked again anyway. */
function changed(pages: Pages, id: string, change: Change): Pages {
  if (!pages) return pages;
  const applied = pages.pages.map((one) => ({
    ...one,
    items: one.items.map((item) => (item.id === id ? { ...item, ...change } : item)),
  }));
  return { ...pages, pages: applied };
}

export function useChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, change }: { id: string; change: Change }) => {
      const init = { method: "PATCH", headers: JSON_TYPE, body: JSON.stringify(change) };
      return (await request(`${PATH}/${id}`, init)).json() as Promise<Conversation>;
    },
    onMutate: ({ id, change }) => {
      client.setQueriesData<Pages>({ queryKey: ["conversations", "list"] }, (pages: Pages) =>
        changed(pages, id, change),
      );
    },
    // A new title, a pin: it is seen to be back as it was, and here is why.
    onError: (error) => toast.error(reasonOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
}

export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request(`${PATH}/${id}`, { method: "DELETE" }),
    // Not the one itself: its page is left in a moment.
    onSettled: () => {
      for (const key of ["list", "pinned"]) {
        void client.invalidateQueries({ queryKey: ["conversations", key] });
      }
    },
  });
}

export const JSON_TYPE = { "Content-Type": "application/json" };
