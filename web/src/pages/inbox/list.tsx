import { Link } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { More } from "@/components/ui/more";
import { cn } from "@/lib/cn";
import { ago } from "@/lib/format";
import { type Approval, type StateFilter, subject, type useApprovals } from "./model";
import { StateBadge } from "./state-badge";

type Props = {
  approvals: Approval[];
  chosen?: string;
  state: StateFilter;
  found: ReturnType<typeof useApprovals>;
};

export function ApprovalList({ approvals, chosen, state, found }: Props) {
  const { t } = useTranslation("approvals");
  return (
    <nav aria-label={t("list")} className={cn(chosen && "max-lg:hidden")}>
      <ul className="grid gap-1">
        {approvals.map((approval) => (
          <li key={approval.id}>
            <Item approval={approval} chosen={approval.id === chosen} state={state} />
          </li>
        ))}
      </ul>
      {approvals.length === 0 && (
        <p className="px-3 py-2.5 text-muted-foreground text-sm">{t("none.else")}</p>
      )}
      <More found={found} />
    </nav>
  );
}

type ItemProps = { approval: Approval; chosen: boolean; state: StateFilter };

function Item({ approval, chosen, state }: ItemProps) {
  const { t } = useTranslation("approvals");
  return (
    <Link
      to="/inbox"
      search={{ state, approval: approval.id }}
      aria-current={chosen ? "page" : undefined}
      className={cn(
        "block rounded-lg border border-transparent px-3 py-2.5 hover:bg-muted",
        chosen && "border-border bg-muted",
      )}
    >
      <span className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{subject(approval)}</span>
        {approval.tainted && <ShieldAlert aria-hidden className="size-4 shrink-0 text-warning" />}
        <StateBadge approval={approval} />
      </span>
      <span className="block truncate text-muted-foreground text-xs">
        {approval.content_id
          ? `${t("review")} · ${ago(approval.requested_at)}`
          : t("asked_by", { agent: approval.agent, when: ago(approval.requested_at) })}
      </span>
      <span className="line-clamp-2 text-muted-foreground text-xs">{approval.reason}</span>
    </Link>
  );
}
