import { Link } from "@tanstack/react-router";
import { ArrowLeft, Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { SkeletonRows } from "@/components/ui/skeleton";
import { ApprovalDetail } from "./detail";
import { type Approval, type StateFilter, useChosen } from "./model";
import { useWalking } from "./walking";

type Props = { approvals: Approval[]; chosen?: string; state: StateFilter };

/** The one that was chosen, beside the list; on a phone in its place. */
export function Shown({ approvals, chosen, state }: Props) {
  const { t } = useTranslation("approvals");
  const found = useChosen(
    chosen,
    approvals.find(({ id }) => id === chosen),
  );
  useWalking(approvals, chosen, state);
  if (!chosen) {
    return (
      <div className="max-lg:hidden">
        <Empty icon={Inbox} title={t("none.choose")} text={t("none.chooseText")} />
      </div>
    );
  }
  return (
    <div className="min-w-0">
      <Link
        to="/inbox"
        search={{ state }}
        className="mb-4 inline-flex items-center gap-1.5 text-muted-foreground text-sm lg:hidden"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("title")}
      </Link>
      <Found
        found={found}
        waiting={<SkeletonRows />}
        missing={<Empty icon={Inbox} title={t("gone.title")} text={t("gone.text")} />}
      >
        {(approval) => <ApprovalDetail key={approval.id} approval={approval} />}
      </Found>
    </div>
  );
}
