import { Link } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { moment } from "@/lib/format";
import { useWho } from "@/lib/who";
import { Arguments } from "./arguments";
import { Deciding } from "./deciding";
import { type Approval, subject } from "./model";
import { Outcome } from "./outcome";
import { StateBadge } from "./state-badge";
import { TimeLeft } from "./time-left";

/** All that a person needs to decide, before the buttons. */
export function ApprovalDetail({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const pending = approval.state === "pending";
  const place = useKeptFocus(pending);
  return (
    <article
      ref={place}
      tabIndex={-1}
      className="grid grid-cols-[minmax(0,1fr)] gap-5 outline-none"
      aria-label={subject(approval)}
    >
      <header>
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="wrap-anywhere min-w-0 font-semibold text-lg">{subject(approval)}</h2>
          <StateBadge approval={approval} />
          {pending && <TimeLeft until={approval.expires_at} />}
        </div>
        <p className="text-muted-foreground text-sm">
          {approval.content_id
            ? t("review")
            : t("asked", { agent: approval.agent, tool: approval.tool })}
        </p>
      </header>
      <Reasons approval={approval} />
      {!pending && <Outcome approval={approval} />}
      <Arguments title={t(pending ? "arguments" : "argumentsDone")} values={approval.arguments} />
      {approval.original_arguments && (
        <Arguments title={t("original")} values={approval.original_arguments} />
      )}
      {pending && <Deciding approval={approval} />}
      <Facts approval={approval} />
    </article>
  );
}

/** With the verdict the buttons go: whoever pressed one goes on reading here. */
function useKeptFocus(pending: boolean) {
  const place = useRef<HTMLElement>(null);
  const before = useRef(pending);
  useEffect(() => {
    const decided = before.current && !pending;
    before.current = pending;
    if (decided && document.activeElement === document.body) place.current?.focus();
  }, [pending]);
  return place;
}

function Reasons({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const { reason, rule, policy_version, tainted, quotes } = approval;
  return (
    <section aria-label={t("why")} className="rounded-lg border p-4 text-sm">
      <h3 className="font-medium">{t("why")}</h3>
      <p className="mt-1">{reason}</p>
      {rule && (
        <p className="text-muted-foreground text-xs">
          {t("rule", { rule, version: policy_version })}
        </p>
      )}
      {tainted && (
        <p className="mt-3 flex gap-2 rounded-md bg-warning-soft p-2.5 text-warning">
          <ShieldAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          {t("tainted")}
        </p>
      )}
      {quotes.length > 0 && (
        <div className="mt-3">
          <h4 className="font-medium">{t("quotes")}</h4>
          <ul className="mt-1 grid gap-2">
            {quotes.map(({ path, text, source }) => (
              <li key={`${path} ${text}`}>
                <blockquote className="border-warning border-l-2 pl-3 break-words">
                  {text}
                </blockquote>
                <p className="text-muted-foreground text-xs">{t("quote", { path, source })}</p>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Facts({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const who = useWho();
  const { conversation_id, turn_id, reminded_at, escalated_at } = approval;
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      <Fact name={t("facts.requested")}>{moment(approval.requested_at)}</Fact>
      <Fact name={t("facts.by")}>{approval.requested_by && who(approval.requested_by)}</Fact>
      <Fact name={t("facts.approvers")}>
        {t(`roles.${approval.approvers}`)}
        {approval.four_eyes && <Badge className="ml-2">{t("fourEyes")}</Badge>}
      </Fact>
      <Fact name={t("facts.remind")}>{reminded_at && moment(reminded_at)}</Fact>
      <Fact name={t("facts.escalate")}>
        {escalated_at && `${t(`roles.${approval.escalate_to}`)}, ${moment(escalated_at)}`}
      </Fact>
      <Fact name={t("facts.conversation")}>
        {conversation_id && (
          <span className="flex flex-wrap gap-x-3">
            <Link to="/c/$id" params={{ id: conversation_id }} className="text-primary underline">
              {t("facts.open")}
            </Link>
            {turn_id && (
              <Link
                to="/c/$id/turns/$turnId"
                params={{ id: conversation_id, turnId: turn_id }}
                className="text-primary underline"
              >
                {t("facts.turn")}
              </Link>
            )}
          </span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
