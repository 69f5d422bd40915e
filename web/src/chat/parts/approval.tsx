import { Clock, ShieldAlert, ShieldCheck, ShieldX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ArgumentTable } from "@/approvals/arguments";
import { Countdown } from "@/approvals/countdown";
import { VerdictForm } from "@/approvals/verdict-form";
import { Badge } from "@/components/ui/badge";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { type Approval, useApproval, useStanding } from "@/pages/inbox/model";
import type { ApprovalPart, Quote } from "../state/message";
import { Disclosure } from "./disclosure";

/** A call that waits for a person. Once decided, wherever, it is one line. */
export function ApprovalCard({ approval, over }: { approval: ApprovalPart; over: boolean }) {
  const { t } = useTranslation("chat");
  if (approval.state !== "pending" || over) return <Decided approval={approval} />;
  return (
    <section
      aria-label={t("approval.label", { tool: approval.tool })}
      data-testid="approval-card"
      data-approval={approval.approval_id}
      className="my-4 animate-rise rounded-xl border border-warning/40 bg-warning-soft"
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3.5">
        <ShieldAlert aria-hidden className="size-5 shrink-0 text-warning" />
        <h2 className="min-w-0 flex-1 font-semibold">
          {t("approval.title", { tool: approval.tool })}
        </h2>
        <Badge tone="warning" className="bg-card">
          <Clock aria-hidden />
          <Countdown until={approval.expires_at} />
        </Badge>
      </header>
      <div className="grid gap-3 px-4 py-3.5">
        <p className="text-sm">{approval.reason}</p>
        <ArgumentTable values={approval.arguments} />
        {approval.tainted && <Tainted quotes={approval.quotes} />}
        <Deciding approval={approval} />
      </div>
    </section>
  );
}

function Tainted({ quotes }: { quotes: Quote[] }) {
  const { t } = useTranslation("chat");
  return (
    <div className="rounded-lg border bg-card p-3 text-sm">
      <p className="font-medium">
        {t("approval.tainted")} {quotes.length > 0 && t("approval.quoted")}
      </p>
      {quotes.map((quote) => (
        <figure key={`${quote.path} ${quote.text}`} className="mt-2">
          <blockquote className="whitespace-pre-wrap break-words border-warning border-l-2 pl-3">
            {quote.text}
          </blockquote>
          <figcaption className="mt-0.5 text-muted-foreground text-xs">
            {t("approval.quote", { path: quote.path, source: quote.source })}
          </figcaption>
        </figure>
      ))}
    </div>
  );
}

function Deciding({ approval }: { approval: ApprovalPart }) {
  const details = useApproval(approval.approval_id, undefined);
  if (details.isError) return <Failure error={details.error} onRetry={() => details.refetch()} />;
  return details.data ? <Allowed approval={details.data} /> : <Skeleton className="h-9" />;
}

function Allowed({ approval }: { approval: Approval }) {
  const { t } = useTranslation("chat");
  const standing = useStanding(approval);
  if (standing === "may") return <VerdictForm approval={approval} />;
  const role = t(`roles.${approval.approvers}`, { ns: "shell" });
  return (
    <p data-testid="approval-waits" className="text-muted-foreground text-sm">
      {standing === "yours" ? t("approval.fourEyes") : t("approval.waits", { role })}
    </p>
  );
}

function Decided({ approval }: { approval: ApprovalPart }) {
  const { t } = useTranslation("chat");
  const state = approval.state === "pending" ? "withdrawn" : approval.state;
  const Icon = state === "approve" ? ShieldCheck : ShieldX;
  return (
    <Disclosure
      icon={<Icon />}
      testId="approval-decided"
      label={t(`approval.state.${state}`, { tool: approval.tool })}
      aside={approval.via === "slack" ? <Badge>{t("approval.slack")}</Badge> : undefined}
    >
      {approval.note && <p className="mb-3 whitespace-pre-wrap">{approval.note}</p>}
      <ArgumentTable values={approval.edited ?? approval.arguments} />
    </Disclosure>
  );
}
