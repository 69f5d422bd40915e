import { Link } from "@tanstack/react-router";
import { Check, RotateCcw, TriangleAlert, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { IconButton } from "@/components/ui/icon-button";
import { Progress } from "@/components/ui/progress";
import { bytes } from "@/lib/format";
import { ApiError } from "@/lib/problem";
import { reasonOf } from "@/lib/reason";
import type { Document } from "./model";
import type { Upload } from "./queue";
import type { Job } from "./send";
import { uploads, useHold, useUploads } from "./uploads";

/** Files on their way, each with its own fate. */
export function UploadsPanel() {
  const { t } = useTranslation("documents");
  const all = useUploads();
  const hold = useHold();
  if (all.length === 0) return null;
  const done = all.filter(({ state }) => state === "done").length;
  const failed = all.filter(({ state }) => state === "failed").length;
  return (
    <Card className="mb-5" aria-label={t("uploads.title")}>
      <CardHeader>
        <h2 className="flex-1 font-medium text-sm" aria-live="polite">
          {t("uploads.summary", { done, count: all.length })}
          {failed > 0 && ` · ${t("uploads.failed", { count: failed })}`}
          {hold && (
            <span className="block font-normal text-warning">{t(`uploads.hold.${hold}`)}</span>
          )}
        </h2>
        {failed > 0 && (
          <Button size="sm" variant="outline" onClick={() => uploads.retryFailed()}>
            <RotateCcw aria-hidden />
            {t("uploads.retryFailed")}
          </Button>
        )}
        <Button size="sm" variant="quiet" onClick={() => uploads.clear()}>
          {t("uploads.clear")}
        </Button>
      </CardHeader>
      <ul className="max-h-72 divide-y overflow-y-auto">
        {all.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </Card>
  );
}

function UploadRow({ upload }: { upload: Upload<Job, Document> }) {
  const { t } = useTranslation("documents");
  const { file } = upload.job;
  return (
    <li className="flex items-center gap-3 px-4 py-2 text-sm">
      <div className="min-w-0 flex-1">
        <p className="truncate">
          {upload.result ? (
            <Link to="/documents/$id" params={{ id: upload.result.id }} className="hover:underline">
              {file.name}
            </Link>
          ) : (
            file.name
          )}
          <span className="ml-2 text-muted-foreground text-xs">{bytes(file.size)}</span>
        </p>
        <Fate upload={upload} />
      </div>
      {upload.state === "done" && <Check aria-hidden className="size-4 text-success" />}
      {(upload.state === "failed" || upload.state === "cancelled") && (
        <IconButton
          label={t("uploads.retry", { name: file.name })}
          size="icon-sm"
          onClick={() => uploads.retry(upload.id)}
        >
          <RotateCcw />
        </IconButton>
      )}
      {(upload.state === "waiting" || upload.state === "sending") && (
        <IconButton
          label={t("uploads.cancel", { name: file.name })}
          size="icon-sm"
          onClick={() => uploads.cancel(upload.id)}
        >
          <X />
        </IconButton>
      )}
    </li>
  );
}

function Fate({ upload }: { upload: Upload<Job, Document> }) {
  const { t } = useTranslation("documents");
  const { state, error } = upload;
  if (state === "sending") {
    return (
      <Progress
        className="mt-1.5"
        value={upload.progress}
        label={t("uploads.progress", { name: upload.job.file.name })}
      />
    );
  }
  if (state === "failed") {
    return (
      <p
        className="mt-0.5 flex flex-wrap items-start gap-x-1.5 text-destructive text-xs"
        role="alert"
      >
        <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
        {reasonOf(error)}
        {error instanceof ApiError && error.requestId && (
          <span className="break-all font-mono text-muted-foreground">{error.requestId}</span>
        )}
      </p>
    );
  }
  const known = state === "done" && upload.result?.status === "ready";
  return <p className="text-muted-foreground text-xs">{t(`uploads.${known ? "known" : state}`)}</p>;
}
