import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, FolderOpen, FolderX, Plus } from "lucide-react";
import { type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { BackLink } from "@/components/ui/back-link";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/lib/session";
import { type Collection, useCollections } from "@/pages/documents/model";
import { CollectionDetail } from "./detail";
import { CollectionDialog } from "./form";
import { CollectionList } from "./list";

export function CollectionsPage() {
  const { t } = useTranslation("documents");
  const found = useCollections();
  const may = useMay("admin");
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <Page
      scroller={scroller}
      title={t("collections.title")}
      description={t("collections.description")}
      actions={may && <Creation />}
    >
      <BackLink to="/documents">{t("title")}</BackLink>
      <Found found={found} waiting={<SkeletonRows />}>
        {(collections) => <Chosen collections={collections} scroller={scroller} />}
      </Found>
    </Page>
  );
}

type ChosenProps = { collections: Collection[]; scroller: RefObject<HTMLDivElement | null> };

function Chosen({ collections, scroller }: ChosenProps) {
  const { t } = useTranslation("documents");
  const { name } = useSearch({ from: "/app/collections" });
  const chosen = collections.find((one) => one.name === name);
  return (
    <div className="grid gap-6 lg:grid-cols-[18rem_minmax(0,1fr)]">
      <CollectionList collections={collections} chosen={name} />
      {name === undefined && (
        <div className="max-lg:hidden">
          <Empty icon={FolderOpen} title={t("collections.none")} text={t("collections.noneText")} />
        </div>
      )}
      {name !== undefined && (
        <div className="min-w-0">
          <Link
            to="/collections"
            className="mb-4 inline-flex items-center gap-1.5 text-muted-foreground text-sm lg:hidden"
          >
            <ArrowLeft aria-hidden className="size-4" />
            {t("collections.title")}
          </Link>
          {chosen ? (
            <CollectionDetail key={name} collection={chosen} scroller={scroller} />
          ) : (
            <Empty
              icon={FolderX}
              title={t("collections.gone", { name })}
              text={t("collections.goneText")}
            />
          )}
        </div>
      )}
    </div>
  );
}

function Creation() {
  const { t } = useTranslation("documents");
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        {t("collections.new")}
      </Button>
      <CollectionDialog
        open={open}
        onOpenChange={setOpen}
        onSaved={(name) => void navigate({ to: "/collections", search: { name } })}
      />
    </>
  );
}
