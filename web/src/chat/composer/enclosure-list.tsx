import { CircleAlert, FileText, RotateCcw, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/ui/icon-button";
import { percent } from "@/lib/format";
import { reasonOf } from "@/lib/reason";
import type { Enclosure } from "./uploads";

type Props = {
  enclosures: Enclosure[];
  onRemove: (key: string) => void;
  onRetry: (one: Enclosure, file: File) => void;
};

export function EnclosureList({ enclosures, onRemove, onRetry }: Props) {
  const { t } = useTranslation("chat");
  if (enclosures.length === 0) return null;
  return (
    <ul aria-label={t("composer.attachments")} className="flex flex-wrap gap-2 px-3 pt-3">
      {enclosures.map((one) => (
        <li
          key={one.key}
          data-testid="enclosure"
          data-state={one.state}
          className="flex max-w-full items-center gap-2 rounded-lg border bg-background py-1 pr-1 pl-2.5 text-xs"
        >
          {one.state === "failed" ? (
            <CircleAlert aria-hidden className="size-4 shrink-0 text-destructive" />
          ) : (
            <FileText aria-hidden className="size-4 shrink-0 text-muted-foreground" />
          )}
          <span className="min-w-0">
            <span className="block max-w-48 truncate">{one.name}</span>
            <State one={one} />
          </span>
          {one.state === "failed" && one.file && (
            <IconButton
              size="icon-sm"
              label={t("composer.retryFile", { name: one.name })}
              onClick={() => one.file && onRetry(one, one.file)}
            >
              <RotateCcw />
            </IconButton>
          )}
          <IconButton
            size="icon-sm"
            label={t("composer.remove", { name: one.name })}
            onClick={() => onRemove(one.key)}
          >
            <X />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}

function State({ one }: { one: Enclosure }) {
  const { t } = useTranslation("chat");
  if (one.state === "ready") return null;
  if (one.state === "failed") {
    return (
      <span role="alert" className="block max-w-64 break-words text-destructive">
        {one.error ? reasonOf(one.error) : t("composer.failed")}
      </span>
    );
  }
  return (
    <span className="flex items-center gap-1.5 text-muted-foreground">
      <progress
        max={1}
        value={one.progress}
        aria-label={t(`composer.${one.state}`, { name: one.name })}
        className="h-1 w-20 overflow-hidden rounded-full accent-primary"
      />
      <span className="tabular-nums">{percent(one.progress)}</span>
    </span>
  );
}
