import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";

/** Why something that others see is not here. */
export function NeedsRole({ needs }: { needs: "member" | "approver" | "admin" }) {
  const { t } = useTranslation("pages");
  return (
    <p className="flex items-center gap-2 text-muted-foreground text-sm">
      <Lock aria-hidden className="size-4 shrink-0" />
      {t(`needs.${needs}`)}
    </p>
  );
}
