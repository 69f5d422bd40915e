import { Check, CornerUpLeft, Lock, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { NeedsRole } from "@/components/ui/needs-role";
import { toast } from "@/components/ui/toast";
import { useKeys } from "@/lib/keys";
import { ApiError } from "@/lib/problem";
import { Certain } from "./certain";
import { ArgumentEditor, parsed } from "./editor";
import { type Approval, type Decision, useStanding, useVerdict } from "./model";

/** The verdict, or why somebody else has to give it. */
export function Deciding({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const standing = useStanding(approval);
  if (standing === "over") return null;
  if (standing === "role") {
    return <NeedsRole needs={approval.approvers === "admin" ? "admin" : "approver"} />;
  }
  if (standing === "yours") {
    return (
      <p className="flex items-center gap-2 text-muted-foreground text-sm">
        <Lock aria-hidden className="size-4" />
        {t("yours")}
      </p>
    );
  }
  return <Form approval={approval} />;
}

/** Refusals that only tell what has happened meanwhile. */
const KIND = ["already_decided", "arguments_changed", "expired", "withdrawn"] as const;
const kindOf = (error: unknown) =>
  error instanceof ApiError ? KIND.find((code) => code === error.code) : undefined;

function useDeciding(approval: Approval, edited: string | null, note: string) {
  const { t } = useTranslation("approvals");
  const verdict = useVerdict(approval);
  const decide = (decision: Decision) => {
    const changed = decision === "approve" && edited !== null ? parsed(edited).values : null;
    verdict.mutate(
      { decision, note: note.trim(), ...(changed && { arguments: changed }) },
      {
        onSuccess: () => toast.success(t(`done.${decision}`)),
        onError: (error) => {
          const kind = kindOf(error);
          if (kind) toast.info(t(`kind.${kind}`));
        },
      },
    );
  };
  return { verdict, decide };
}

function Form({ approval }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  const [note, setNote] = useState("");
  const [edited, setEdited] = useState<string | null>(null);
  const [asked, setAsked] = useState<"approve" | "deny" | null>(null);
  const { verdict, decide } = useDeciding(approval, edited, note);
  const unsound = edited !== null && parsed(edited).values === null;
  // Until the page has followed it: what is decided is not decided twice.
  const busy = verdict.isPending || verdict.isSuccess;
  useKeys({
    a: unsound || busy ? undefined : () => setAsked("approve"),
    d: busy ? undefined : () => setAsked("deny"),
  });
  const failed = verdict.error && !kindOf(verdict.error) ? verdict.error : null;
  const refused =
    failed instanceof ApiError && failed.code === "arguments_invalid" ? failed.message : null;
  return (
    <section className="grid gap-4 rounded-lg border p-4">
      {approval.arguments_schema && (
        <ArgumentEditor approval={approval} text={edited} onChange={setEdited} refused={refused} />
      )}
      <Field label={t("note")} hint={t("noteHint")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            maxLength={2_000}
            className="min-h-16"
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        )}
      </Field>
      {failed && !refused && <Failure error={failed} />}
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" disabled={busy || unsound} onClick={() => decide("approve")}>
          <Check aria-hidden />
          {t(edited === null ? "approve" : "approveEdited")}
        </Button>
        <Button variant="outline" disabled={busy || !note.trim()} onClick={() => decide("revise")}>
          <CornerUpLeft aria-hidden />
          {t("revise")}
        </Button>
        <Button variant="outline" disabled={busy} onClick={() => decide("deny")}>
          <X aria-hidden />
          {t("deny")}
        </Button>
      </div>
      <Certain asked={asked} tool={approval.tool} onClose={() => setAsked(null)} onSure={decide} />
    </section>
  );
}
