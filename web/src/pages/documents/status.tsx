import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components/ui/badge";
import { Progress } from "@/components/ui/progress";
import i18n from "@/i18n";
import { percent } from "@/lib/format";
import type documents from "@/locales/en/documents.json";
import { type Document, isPending } from "./model";

const TONES: Record<Document["status"], Tone> = {
  queued: "neutral",
  processing: "info",
  ready: "success",
  failed: "danger",
};

/** How far its newest version is. */
export function Status({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const { status, progress } = document;
  return (
    <div className="grid min-w-24 gap-1.5">
      <Badge tone={TONES[status]} className="justify-self-start">
        {t(`status.${status}`)}
        {status === "processing" && ` ${percent(progress)}`}
      </Badge>
      {isPending(document) && (
        <Progress value={progress} label={t("progress", { title: document.title })} />
      )}
    </div>
  );
}

/** What went wrong and what helps: the API's words, then ours. */
export function Trouble({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  if (!document.error) return null;
  const { code, detail } = document.error;
  return (
    <p className="text-destructive text-xs">
      {detail} {known(code) && <span className="text-muted-foreground">{t(`advice.${code}`)}</span>}
    </p>
  );
}

function known(code: string): code is keyof typeof documents.advice {
  return i18n.exists(`advice.${code}`, { ns: "documents" });
}
