import { RefreshCw, WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useOnline } from "./state/network";
import type { Link } from "./state/state";

/** What the reader should know of the connection: nothing, as long as all is well. */
export function Banner({ link }: { link: Link }) {
  const { t } = useTranslation("chat");
  const online = useOnline();
  const state = !online ? "offline" : link;
  if (state === "still" || state === "live") return null;
  const Icon = state === "reconnecting" ? RefreshCw : WifiOff;
  return (
    <p
      role="status"
      data-testid={state}
      className="flex items-center justify-center gap-2 bg-warning-soft px-4 py-1.5 text-center text-sm"
    >
      <Icon aria-hidden className="size-4 shrink-0 text-warning" />
      {t(`banner.${state}`)}
    </p>
  );
}
