import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Bot, ChartColumn, FileText, Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, got } from "@/lib/api";

/** As many as the badge can show. */
const COUNTED = 100;

const PLACES = [
  { to: "/inbox", icon: Inbox, label: "nav.inbox" },
  { to: "/documents", icon: FileText, label: "nav.documents" },
  { to: "/agents", icon: Bot, label: "nav.agents" },
  { to: "/usage", icon: ChartColumn, label: "nav.usage" },
] as const;

/** How many approvals wait; asked again every half minute while the page is looked at. */
export function usePendingCount(): number {
  const pending = useQuery({
    queryKey: ["approvals", "pending", "count"],
    queryFn: async () => {
      const query = { state: "pending" as const, limit: COUNTED };
      return (await got(api.GET("/v1/approvals", { params: { query } }))).items.length;
    },
    refetchInterval: 30_000,
  });
  return pending.data ?? 0;
}

export function Navigation({ onOpen }: { onOpen?: () => void }) {
  const { t } = useTranslation();
  const waiting = usePendingCount();
  return (
    <nav aria-label={t("nav.label")} className="px-2">
      <ul>
        {PLACES.map(({ to, icon: Icon, label }) => (
          <li key={to}>
            <Link
              to={to}
              onClick={onOpen}
              className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm hover:bg-accent focus-visible:-outline-offset-2 data-[status=active]:bg-accent data-[status=active]:font-medium"
            >
              <Icon aria-hidden className="size-4 text-muted-foreground" />
              <span className="flex-1">{t(label)}</span>
              {to === "/inbox" && waiting > 0 && (
                <span
                  data-testid="inbox-count"
                  className="rounded-full bg-primary px-1.5 font-medium text-primary-foreground text-xs tabular-nums"
                >
                  <span aria-hidden>{waiting >= COUNTED ? "99+" : waiting}</span>
                  <span className="sr-only">{t("nav.waiting", { count: waiting })}</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
