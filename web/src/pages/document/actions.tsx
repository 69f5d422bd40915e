import { useNavigate } from "@tanstack/react-router";
import { Download, Pencil, RefreshCw, Trash2, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { type Document, useDeleteDocument } from "@/pages/documents/model";
import { EditDocument } from "./edit";
import { useDownload, useRefetch, useReplace } from "./model";

/** Approved content is written by reviews alone. */
const RESERVED = "approved_content";
const told = (error: Error) => toast.error(reasonOf(error));

export function DocumentActions({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const may = useMay("member") && document.collection !== RESERVED;
  const download = useDownload(document);
  return (
    <>
      {document.media_type && (
        <IconButton
          label={t("actions.download")}
          variant="outline"
          disabled={download.isPending}
          onClick={() => download.mutate(undefined, { onError: told })}
        >
          <Download />
        </IconButton>
      )}
      {may && (
        <>
          <NewVersion document={document} />
          <Editing document={document} />
          <Deletion document={document} />
        </>
      )}
    </>
  );
}

/** Fetched from its address again, or brought as a file. */
function NewVersion({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const input = useRef<HTMLInputElement>(null);
  const replace = useReplace(document.id);
  const refetch = useRefetch(document.id);
  const onSuccess = () => toast.success(t("actions.coming"));
  if (document.url) {
    return (
      <Button
        variant="outline"
        disabled={refetch.isPending}
        onClick={() => refetch.mutate(undefined, { onSuccess, onError: told })}
      >
        {refetch.isPending ? <Spinner /> : <RefreshCw aria-hidden />}
        {t("actions.refetch")}
      </Button>
    );
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        className="hidden"
        aria-label={t("actions.replace")}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) replace.mutate(file, { onSuccess, onError: told });
          target.value = "";
        }}
      />
      <Button variant="outline" disabled={replace.isPending} onClick={() => input.current?.click()}>
        {replace.isPending ? <Spinner /> : <Upload aria-hidden />}
        {t("actions.replace")}
      </Button>
    </>
  );
}

function Editing({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" onClick={() => setOpen(true)}>
        <Pencil aria-hidden />
        {t("actions.edit")}
      </Button>
      <EditDocument document={document} open={open} onOpenChange={setOpen} />
    </>
  );
}

function Deletion({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const remove = useDeleteDocument();
  const gone = () => {
    toast.success(t("actions.deleted", { title: document.title }));
    void navigate({ to: "/documents" });
  };
  return (
    <>
      <IconButton
        label={t("actions.delete")}
        variant="outline"
        disabled={remove.isPending}
        onClick={() => setOpen(true)}
      >
        <Trash2 />
      </IconButton>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("actions.deleteTitle", { title: document.title })}
        description={t("actions.deleteText")}
        action={t("actions.delete")}
        onConfirm={() => remove.mutate(document.id, { onSuccess: gone, onError: told })}
      />
    </>
  );
}
