import { FileText } from "lucide-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { useKeptScroll } from "@/components/ui/kept-scroll";
import { More } from "@/components/ui/more";
import { ColumnHeader, Row, RowGroup, RowTable } from "@/components/ui/row-table";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Spinner } from "@/components/ui/spinner";
import { VirtualRows } from "@/components/ui/virtual-rows";
import { type Document, type Filters, useDocuments } from "./model";
import { COLUMNS, DocumentRow } from "./row";

type Props = { filters: Filters; scroller: RefObject<HTMLDivElement | null>; onAdd?: () => void };

/** Every document that the filters leave, drawn as it is scrolled to. */
export function DocumentList({ filters, scroller, onAdd }: Props) {
  const found = useDocuments(filters);
  const documents = found.data?.pages.flatMap(({ items }) => items) ?? [];
  useKeptScroll(scroller, documents.length > 0);
  return (
    // Of a later page that did not come the end of the list tells.
    <Found
      found={found.isFetchNextPageError ? { ...found, error: null } : found}
      waiting={<SkeletonRows rows={8} className="h-14" />}
    >
      {() =>
        documents.length > 0 ? (
          <Rows documents={documents} found={found} scroller={scroller} />
        ) : (
          <Nothing filtered={isNarrow(filters)} onAdd={onAdd} />
        )
      }
    </Found>
  );
}

type RowsProps = {
  documents: Document[];
  found: ReturnType<typeof useDocuments>;
  scroller: RefObject<HTMLDivElement | null>;
};

function Rows({ documents, found, scroller }: RowsProps) {
  const { t } = useTranslation("documents");
  return (
    <RowTable className="@container" label={t("title")} aria-busy={found.isFetching}>
      <RowGroup className="@max-3xl:sr-only">
        <Row className={`${COLUMNS} border-b px-3 pb-2`}>
          {(["name", "collection", "status", "passages", "added"] as const).map((key) => (
            <ColumnHeader key={key} className="font-medium text-muted-foreground text-xs">
              {t(`columns.${key}`)}
            </ColumnHeader>
          ))}
        </Row>
      </RowGroup>
      <RowGroup>
        <VirtualRows
          scroller={scroller}
          onEnd={() => found.hasNextPage && !found.isFetching && void found.fetchNextPage()}
        >
          {documents.map((document) => (
            <DocumentRow key={document.id} document={document} />
          ))}
        </VirtualRows>
      </RowGroup>
      {found.isFetchingNextPage && <Spinner className="mx-auto my-4" />}
      {found.isFetchNextPageError && <More found={found} />}
    </RowTable>
  );
}

const isNarrow = (filters: Filters): boolean => Object.values(filters).some(Boolean);

function Nothing({ filtered, onAdd }: { filtered: boolean; onAdd?: () => void }) {
  const { t } = useTranslation("documents");
  if (filtered) {
    return <Empty icon={FileText} title={t("none.filtered")} text={t("none.filteredText")} />;
  }
  return (
    <Empty icon={FileText} title={t("none.title")} text={t(onAdd ? "none.text" : "none.viewer")} />
  );
}
