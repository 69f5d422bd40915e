import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { reasonOf } from "@/lib/reason";
import { Button } from "./button";

type Props = { error: unknown; onRetry: () => void };

/** What is shown was asked for earlier, and asking again did not work. */
export function Stale({ error, onRetry }: Props) {
  const { t } = useTranslation();
  return (
    <div
      role="status"
      className="mb-4 flex items-center gap-3 rounded-lg border bg-warning-soft p-3 text-sm"
    >
      <CloudOff aria-hidden className="size-4 shrink-0 text-warning" />
      <p className="min-w-0 flex-1 break-words">{`${t("stale")} ${reasonOf(error)}`}</p>
      <Button size="sm" variant="outline" onClick={onRetry}>
        {t("retry")}
      </Button>
    </div>
  );
}
