import { FileSearch } from "lucide-react";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { More } from "@/components/ui/more";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import type { Document, Passage } from "@/pages/documents/model";
import { usePassages } from "./model";
import { PassageList } from "./passage-list";
import { stitched } from "./stitch";
import { TextView } from "./text-view";

type Props = { document: Document; at?: string; scroller: RefObject<HTMLDivElement | null> };

/** What searches find of it: passage by passage, or as one text. */
export function Reading({ document, at, scroller }: Props) {
  const { t } = useTranslation("documents");
  const found = usePassages(document, at);
  if (document.live_version === 0) {
    return <Empty icon={FileSearch} title={t("reading.none")} text={t("reading.noneText")} />;
  }
  if (found.isPending) return <SkeletonRows className="h-24" />;
  if (!found.data) return <Failure error={found.error} onRetry={() => void found.refetch()} />;
  const passages: Passage[] = found.data.pages.flatMap(({ items }) => items);
  return (
    <Tabs defaultValue="passages">
      <TabList aria-label={t("reading.how")}>
        <Tab value="passages">{t("columns.passages")}</Tab>
        <Tab value="text">{t("reading.text")}</Tab>
      </TabList>
      <TabPanel value="passages">
        <PassageList
          passages={passages}
          at={at}
          documentId={document.id}
          scroller={scroller}
          onEnd={() => found.hasNextPage && !found.isFetching && void found.fetchNextPage()}
        />
        {found.isFetchNextPageError && <More found={found} />}
      </TabPanel>
      <TabPanel value="text">
        <TextView blocks={stitched(passages)} />
        <More found={found} />
      </TabPanel>
    </Tabs>
  );
}
