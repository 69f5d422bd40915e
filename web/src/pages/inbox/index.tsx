import { useNavigate, useSearch } from "@tanstack/react-router";
import { Inbox } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { Select } from "@/components/ui/input";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { APPROVAL_STATES } from "@/pages/searches";
import { ApprovalList } from "./list";
import { type StateFilter, useApprovals } from "./model";
import { Shown } from "./shown";

const FILTERS: StateFilter[] = ["all", ...APPROVAL_STATES];

export function InboxPage() {
  const { t } = useTranslation("approvals");
  const { state = "pending", approval } = useSearch({ from: "/app/inbox" });
  const navigate = useNavigate();
  const found = useApprovals(state);
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  const filter = (
    <Select
      aria-label={t("filter")}
      className="w-auto"
      value={state}
      onChange={({ target }) =>
        void navigate({ to: "/inbox", search: { state: target.value as StateFilter } })
      }
    >
      {FILTERS.map((one) => (
        <option key={one} value={one}>
          {t(`states.${one}`)}
        </option>
      ))}
    </Select>
  );
  return (
    <Page title={t("title")} description={t("description")} actions={filter}>
      <Found found={found} waiting={<SkeletonRows className="h-16" />}>
        {() =>
          items.length === 0 && !approval ? (
            <Nothing pending={state === "pending"} />
          ) : (
            <div className="grid gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
              <ApprovalList approvals={items} chosen={approval} state={state} found={found} />
              <Shown approvals={items} chosen={approval} state={state} />
            </div>
          )
        }
      </Found>
    </Page>
  );
}

function Nothing({ pending }: { pending: boolean }) {
  const { t } = useTranslation("approvals");
  const [title, text] = pending
    ? [t("none.title"), t("none.text")]
    : [t("none.filtered"), t("none.filteredText")];
  return <Empty icon={Inbox} title={title} text={text} />;
}
