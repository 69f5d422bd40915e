import { useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { VList } from "virtua";
import { Failure } from "@/components/ui/failure";
import { Unknown } from "@/components/ui/found";
import { SkeletonRows } from "@/components/ui/skeleton";
import { type Shown, useConversations, usePinned } from "./api";
import { rowsOf } from "./grouping";
import { ListItem } from "./list-item";

/** How near to the end the next page is asked for, in rows. */
const AHEAD = 10;

export function ConversationList({ shown, onOpen }: { shown: Shown; onOpen?: () => void }) {
  const { t } = useTranslation();
  const list = useConversations(useDeferredValue(shown));
  const pinned = usePinned();
  const plain = !shown.query && !shown.archived;
  const rows = useMemo(() => {
    const listed = list.data?.pages.flatMap(({ items }) => items) ?? [];
    return rowsOf(plain ? (pinned.data?.items ?? []) : [], listed, new Date());
  }, [list.data, pinned.data, plain]);

  if (list.isPending) return <SkeletonRows rows={7} className="mx-2 h-8" />;
  if (list.isError) return <Failure error={list.error} onRetry={() => list.refetch()} />;
  // Old ones that are pinned are in no other list.
  const unknown = plain && pinned.isLoadingError;
  if (rows.length === 0 && !unknown) {
    const text = shown.query ? "list.nothing" : shown.archived ? "list.noneArchived" : "list.none";
    return <p className="px-3 py-2 text-muted-foreground text-sm">{t(text)}</p>;
  }
  const reach = (last: number) => {
    if (last > rows.length - AHEAD && list.hasNextPage && !list.isFetching) list.fetchNextPage();
  };
  return (
    <>
      {plain && <Unknown found={pinned} />}
      <VList className="min-h-0 flex-1 px-2 pb-2" onScroll={() => reach(rows.length)}>
        {rows.map((row) =>
          row.kind === "heading" ? (
            <h2
              key={row.group}
              className="px-2 pt-4 pb-1.5 font-medium text-muted-foreground text-xs"
            >
              {t(`list.${row.group}`)}
            </h2>
          ) : (
            <ListItem
              key={`${row.conversation.id}`}
              conversation={row.conversation}
              onOpen={onOpen}
            />
          ),
        )}
      </VList>
    </>
  );
}
