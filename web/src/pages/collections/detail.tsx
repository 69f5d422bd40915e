import { Link, useNavigate } from "@tanstack/react-router";
import { FileText, Pencil, Plus, Trash2 } from "lucide-react";
import { type ReactNode, type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { NeedsRole } from "@/components/ui/needs-role";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { toast } from "@/components/ui/toast";
import { day } from "@/lib/format";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { AddDocuments } from "@/pages/documents/add";
import { DocumentList } from "@/pages/documents/list";
import type { Collection } from "@/pages/documents/model";
import { UploadsPanel } from "@/pages/documents/uploads-panel";
import { CollectionDialog } from "./form";
import { PERMANENT, useDeleteCollection } from "./model";
import { SearchTry } from "./search-try";

type Props = { collection: Collection; scroller: RefObject<HTMLDivElement | null> };

export function CollectionDetail({ collection, scroller }: Props) {
  const { t } = useTranslation("documents");
  const { name, description, chunking, recency_days, created_at } = collection;
  return (
    <div className="min-w-0">
      <header className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="wrap-anywhere font-semibold text-lg">{name}</h2>
          <p className="wrap-anywhere text-muted-foreground text-sm">
            {description || t("collections.undescribed")}
          </p>
        </div>
        <Actions collection={collection} />
      </header>
      <dl className="mt-4 grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm">
        <Fact name={t("collections.cut")}>
          {t("collections.cutHow", {
            ...chunking,
            chunker: t(`collections.form.chunkers.${chunking.chunker}`),
          })}
        </Fact>
        <Fact name={t("collections.recency")}>
          {recency_days === null
            ? t("collections.recencyNone")
            : t("collections.recencyDays", { count: recency_days })}
        </Fact>
        <Fact name={t("collections.made")}>
          {created_at ? day(created_at) : t("collections.shipped")}
        </Fact>
      </dl>
      <div className="mt-6">
        <UploadsPanel />
        <Tabs defaultValue="documents">
          <TabList aria-label={name}>
            <Tab value="documents">{t("title")}</Tab>
            <Tab value="search">{t("search.title")}</Tab>
          </TabList>
          <TabPanel value="documents">
            <DocumentList filters={{ collection: name }} scroller={scroller} />
          </TabPanel>
          <TabPanel value="search">
            <SearchTry collection={name} />
          </TabPanel>
        </Tabs>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Actions({ collection }: { collection: Collection }) {
  const { t } = useTranslation("documents");
  const { name, documents } = collection;
  const [adding, setAdding] = useState(false);
  const mayAdd = useMay("member") && name !== "approved_content";
  const mayChange = useMay("admin");
  return (
    <div className="flex flex-wrap gap-2">
      <Button variant="outline" asChild>
        <Link to="/documents" search={{ collection: name }}>
          <FileText aria-hidden />
          {t("collections.documents", { count: documents })}
        </Link>
      </Button>
      {mayAdd && (
        <Button variant="outline" onClick={() => setAdding(true)}>
          <Plus aria-hidden />
          {t("collections.add")}
        </Button>
      )}
      {mayChange ? <Changes collection={collection} /> : <NeedsRole needs="admin" />}
      <AddDocuments open={adding} onOpenChange={setAdding} collection={name} />
    </div>
  );
}

function Changes({ collection }: { collection: Collection }) {
  const { t } = useTranslation("documents");
  const { name, documents } = collection;
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const remove = useDeleteCollection();
  const navigate = useNavigate();
  const gone = () => {
    toast.success(t("collections.deleted", { name }));
    void navigate({ to: "/collections" });
  };
  return (
    <>
      <IconButton label={t("collections.edit")} variant="outline" onClick={() => setEditing(true)}>
        <Pencil />
      </IconButton>
      {!PERMANENT.includes(name) && (
        <IconButton
          label={t("collections.delete")}
          variant="outline"
          onClick={() => setDeleting(true)}
        >
          <Trash2 />
        </IconButton>
      )}
      <CollectionDialog open={editing} onOpenChange={setEditing} collection={collection} />
      <Confirm
        open={deleting}
        onOpenChange={setDeleting}
        title={t("collections.deleteTitle", { name })}
        description={t("collections.deleteText")}
        action={t("collections.delete")}
        onConfirm={() =>
          remove.mutate(name, { onSuccess: gone, onError: (error) => toast.error(reasonOf(error)) })
        }
      >
        {documents > 0 && (
          <p className="mt-2 text-sm">{t("collections.documents", { count: documents })}</p>
        )}
      </Confirm>
    </>
  );
}
