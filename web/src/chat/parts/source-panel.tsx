import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ExternalLink, FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Sheet } from "@/components/ui/sheet";
import { SkeletonRows } from "@/components/ui/skeleton";
import { api, got } from "@/lib/api";
import { cn } from "@/lib/cn";
import { safeAddress } from "../markdown/links";
import type { Source } from "../state/message";

/** Passages that are shown around the one that is cited. */
const AROUND = 5;

function usePassages(source: Source | null) {
  return useQuery({
    queryKey: ["passages", source?.document_id, source?.passage_id],
    enabled: source !== null && source.collection !== "",
    queryFn: () =>
      got(
        api.GET("/v1/documents/{document_id}/passages", {
          params: {
            path: { document_id: source?.document_id ?? "" },
            query: { at: source?.passage_id, limit: AROUND },
          },
        }),
      ),
  });
}

/** The passage that a citation stands for, where it stands in its document. */
export function SourcePanel({ source, onClose }: { source: Source | null; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const title = source ? t("source.title", { mark: source.mark, title: source.title }) : "";
  return (
    <Sheet
      open={source !== null}
      onOpenChange={(open) => open || onClose()}
      side="right"
      title={title}
      className="w-[min(32rem,100vw)]"
    >
      {source && <Cited source={source} />}
    </Sheet>
  );
}

function Cited({ source }: { source: Source }) {
  const { t } = useTranslation("chat");
  const found = usePassages(source);
  const passages = found.data?.items ?? [];
  const cited = passages.some(({ id }) => id === source.passage_id);
  return (
    <div data-testid="source-panel" className="min-h-0 flex-1 overflow-y-auto px-4 py-4">
      <p className="mb-4 flex flex-wrap gap-x-3 gap-y-1 text-muted-foreground text-sm">
        {source.page && <span>{t("source.page", { page: source.page })}</span>}
        {source.heading && <span>{source.heading}</span>}
        {source.collection && <span>{source.collection}</span>}
      </p>
      {found.isLoading && <SkeletonRows rows={4} className="h-16" />}
      {!found.isLoading && !cited && <Passage text={source.snippet} cited />}
      {cited &&
        passages.map((one) => (
          <Passage
            key={one.id}
            text={one.text}
            page={one.page ?? undefined}
            cited={one.id === source.passage_id}
          />
        ))}
      <Leads source={source} />
    </div>
  );
}

function Leads({ source }: { source: Source }) {
  const { t } = useTranslation("chat");
  const url = safeAddress(source.url ?? undefined);
  return (
    <div className="mt-5 flex flex-wrap gap-2">
      {source.collection && (
        <Button asChild variant="outline">
          <Link
            to="/documents/$id"
            params={{ id: source.document_id }}
            search={{ at: source.passage_id }}
          >
            <FileText aria-hidden />
            {t("source.document")}
          </Link>
        </Button>
      )}
      {url && (
        <Button asChild variant="outline">
          <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={url.href}>
            <ExternalLink aria-hidden />
            {url.host}
          </a>
        </Button>
      )}
    </div>
  );
}

type PassageProps = { text: string; page?: number; cited: boolean };

function Passage({ text, page, cited }: PassageProps) {
  const { t } = useTranslation("chat");
  return (
    <div
      aria-current={cited ? "true" : undefined}
      data-testid={cited ? "cited-passage" : undefined}
      ref={cited ? (place) => place?.scrollIntoView({ block: "nearest" }) : undefined}
      className={cn(
        "mb-3 rounded-lg border-l-2 px-3 py-2",
        cited ? "border-primary bg-info-soft" : "border-transparent text-muted-foreground",
      )}
    >
      <p className="whitespace-pre-wrap break-words text-sm leading-relaxed">{text}</p>
      {page !== undefined && (
        <p className="mt-1 text-muted-foreground text-xs">{t("source.page", { page })}</p>
      )}
    </div>
  );
}
