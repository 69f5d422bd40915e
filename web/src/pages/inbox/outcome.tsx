import { useTranslation } from "react-i18next";
import { moment } from "@/lib/format";
import { useWho } from "@/lib/who";
import type { Approval } from "./model";

/** What was decided, by whom and where. */
export function Outcome({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const who = useWho();
  const { state, decided_by, decided_via, decided_at, executed_at, note } = approval;
  if (state === "pending") return null;
  const words = {
    who: who(decided_by),
    via: t(`via.${decided_via ?? "unknown"}`),
    when: decided_at ? moment(decided_at) : "",
  };
  return (
    <section aria-label={t("outcome.title")} className="rounded-lg border bg-muted p-4 text-sm">
      <p>{t(`outcome.${state}`, words)}</p>
      {note && <blockquote className="mt-2 border-l-2 pl-3 whitespace-pre-wrap">{note}</blockquote>}
      {state === "approved" && (
        <p className="mt-1 text-muted-foreground">
          {executed_at ? t("outcome.ran", { when: moment(executed_at) }) : t("outcome.waits")}
        </p>
      )}
    </section>
  );
}
