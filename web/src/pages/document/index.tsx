import { useParams, useSearch } from "@tanstack/react-router";
import { FileX } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { BackLink } from "@/components/ui/back-link";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { isMissing } from "@/lib/reason";
import { type Document, isPending } from "@/pages/documents/model";
import { Status, Trouble } from "@/pages/documents/status";
import { DocumentActions } from "./actions";
import { Facts } from "./facts";
import { useLive } from "./live";
import { useDocument } from "./model";
import { Reading } from "./reading";

export function DocumentPage() {
  const { t } = useTranslation("documents");
  const { id } = useParams({ from: "/app/documents/$id" });
  const found = useDocument(id);
  const scroller = useRef<HTMLDivElement>(null);
  const document = isMissing(found.error) ? undefined : found.data;
  useLive(document);
  return (
    <Page
      title={document?.title ?? t("document")}
      description={document?.name}
      scroller={scroller}
      actions={document && <DocumentActions document={document} />}
    >
      <BackLink to="/documents">{t("title")}</BackLink>
      <Found
        found={found}
        waiting={<SkeletonRows className="h-14" />}
        missing={<Empty icon={FileX} title={t("gone.title")} text={t("gone.text")} />}
      >
        {(document) => <Content document={document} scroller={scroller} />}
      </Found>
    </Page>
  );
}

type ContentProps = { document: Document; scroller: React.RefObject<HTMLDivElement | null> };

function Content({ document, scroller }: ContentProps) {
  const { at } = useSearch({ from: "/app/documents/$id" });
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
      <div className="min-w-0 max-lg:order-2">
        <Version document={document} />
        <Reading document={document} at={at} scroller={scroller} />
      </div>
      <aside className="max-lg:order-1">
        <Facts document={document} />
      </aside>
    </div>
  );
}

/** What of it searches find while a newer version comes, or where that failed. */
function Version({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  if (!isPending(document) && document.status !== "failed") return null;
  return (
    <div className="mb-5 grid gap-2 rounded-lg border p-4" aria-live="polite">
      <Status document={document} />
      <Trouble document={document} />
      <p className="text-muted-foreground text-sm">
        {document.live_version > 0
          ? t("version.old", { live: document.live_version, newest: document.version })
          : t("version.none")}
      </p>
    </div>
  );
}
