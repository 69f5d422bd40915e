import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FolderOpen, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { NeedsRole } from "@/components/ui/needs-role";
import { Page } from "@/components/ui/page";
import { cn } from "@/lib/cn";
import { useMay } from "@/lib/session";
import { AddDocuments } from "./add";
import { useDropping } from "./dropping";
import { useTaking } from "./file-drop";
import { FilterBar } from "./filters";
import { DocumentList } from "./list";
import type { Filters } from "./model";
import { UploadsPanel } from "./uploads-panel";

export function DocumentsPage() {
  const { t } = useTranslation("documents");
  const filters: Filters = useSearch({ from: "/app/documents" });
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const [adding, setAdding] = useState(false);
  const may = useMay("member");
  const into = filters.collection ?? "general";
  const over = useDropping(useTaking(into), may);
  return (
    <Page
      title={t("title")}
      description={t("description")}
      scroller={scroller}
      actions={<Actions onAdd={may ? () => setAdding(true) : undefined} />}
    >
      <div className={cn("rounded-lg", over && "outline-2 outline-primary outline-offset-8")}>
        {!may && (
          <div className="mb-4">
            <NeedsRole needs="member" />
          </div>
        )}
        {over && (
          <p className="mb-4 text-primary text-sm">{t("add.dropHere", { collection: into })}</p>
        )}
        <UploadsPanel />
        <FilterBar
          filters={filters}
          onChange={(search) => void navigate({ to: "/documents", search, replace: true })}
        />
        <DocumentList
          filters={filters}
          scroller={scroller}
          onAdd={may ? () => setAdding(true) : undefined}
        />
      </div>
      <AddDocuments open={adding} onOpenChange={setAdding} collection={filters.collection} />
    </Page>
  );
}

function Actions({ onAdd }: { onAdd?: () => void }) {
  const { t } = useTranslation("documents");
  return (
    <>
      <Button variant="outline" asChild>
        <Link to="/collections">
          <FolderOpen aria-hidden />
          {t("collections.title")}
        </Link>
      </Button>
      {onAdd && (
        <Button variant="primary" onClick={onAdd}>
          <Plus aria-hidden />
          {t("add.title")}
        </Button>
      )}
    </>
  );
}
