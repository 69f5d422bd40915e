import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/lib/problem";
import { reasonOf } from "@/lib/reason";
import { Button } from "./button";

/** Something did not work: what, by which name, and once more. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const named = error instanceof ApiError ? error : null;
  return (
    <div
      role="alert"
      className="flex items-start gap-3 rounded-lg border bg-danger-soft p-3 text-sm"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-destructive" />
      <div className="min-w-0 flex-1">
        <p className="break-words">{reasonOf(error)}</p>
        {named && (
          <p className="mt-0.5 break-all font-mono text-muted-foreground text-xs">
            {[named.code, named.requestId].filter(Boolean).join(" · ")}
          </p>
        )}
      </div>
      {onRetry && (
        <Button size="sm" variant="outline" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}
