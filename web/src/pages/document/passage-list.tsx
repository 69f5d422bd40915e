import { Link } from "@tanstack/react-router";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { VirtualRows } from "@/components/ui/virtual-rows";
import { cn } from "@/lib/cn";
import type { Passage } from "@/pages/documents/model";

type Props = {
  passages: Passage[];
  /** The one that somebody followed a citation to. */
  at?: string;
  documentId: string;
  scroller: RefObject<HTMLDivElement | null>;
  onEnd: () => void;
};

export function PassageList({ passages, at, documentId, scroller, onEnd }: Props) {
  const { t } = useTranslation("documents");
  const skipped = (passages[0]?.index ?? 0) > 0;
  return (
    <>
      {skipped && (
        <p className="mb-3 text-sm">
          <Link to="/documents/$id" params={{ id: documentId }} className="text-primary underline">
            {t("reading.beginning")}
          </Link>
        </p>
      )}
      <VirtualRows
        scroller={scroller}
        onEnd={onEnd}
        keep={passages.findIndex(({ id }) => id === at)}
      >
        {passages.map((passage) => (
          <PassageCard key={passage.id} passage={passage} cited={passage.id === at} />
        ))}
      </VirtualRows>
    </>
  );
}

function PassageCard({ passage, cited }: { passage: Passage; cited: boolean }) {
  const { t } = useTranslation("documents");
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (cited) place.current?.scrollIntoView({ block: "center" });
  }, [cited]);
  return (
    <article
      ref={place}
      aria-current={cited || undefined}
      className={cn("mb-3 rounded-lg border p-4", cited && "border-primary bg-info-soft")}
    >
      <header className="mb-2 flex flex-wrap items-center gap-2">
        <span className="text-muted-foreground text-xs">
          {t("reading.number", { number: passage.index + 1 })}
        </span>
        {passage.page !== null && <Badge>{t("reading.page", { page: passage.page })}</Badge>}
        {cited && <Badge tone="info">{t("reading.cited")}</Badge>}
        {passage.heading && (
          <span className="min-w-0 truncate font-medium text-sm">{passage.heading}</span>
        )}
      </header>
      <p className="whitespace-pre-wrap break-words text-sm">{passage.text}</p>
    </article>
  );
}
