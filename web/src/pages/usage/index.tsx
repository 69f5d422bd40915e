import { useNavigate, useSearch } from "@tanstack/react-router";
import { BarChart3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { Select } from "@/components/ui/input";
import { NeedsRole } from "@/components/ui/needs-role";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/lib/session";
import { USAGE_DAYS, USAGE_KEYS } from "@/pages/searches";
import { BudgetSection } from "./budgets";
import { Charted } from "./charted";
import { type Key, useUsage } from "./model";
import { Totals } from "./totals";

export function UsagePage() {
  const { t } = useTranslation("usage");
  const may = useMay("member");
  return (
    <Page title={t("title")} description={t("description")} actions={may && <Choices />}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
        {may ? <Figures /> : <NeedsRole needs="member" />}
        <BudgetSection />
      </div>
    </Page>
  );
}

function useChosen(): { by: Key; days: (typeof USAGE_DAYS)[number] } {
  const { by = "day", days = "30" } = useSearch({ from: "/app/usage" });
  // Who used what is for admins: a link of theirs shows others what they may see.
  const admin = useMay("admin");
  return { by: by === "user" && !admin ? "day" : by, days };
}

function Choices() {
  const { t } = useTranslation("usage");
  const chosen = useChosen();
  const navigate = useNavigate();
  const admin = useMay("admin");
  const go = (part: Partial<typeof chosen>) =>
    void navigate({ to: "/usage", search: { ...chosen, ...part }, replace: true });
  return (
    <>
      <Select
        aria-label={t("by")}
        className="w-auto"
        value={chosen.by}
        onChange={({ target }) => go({ by: target.value as Key })}
      >
        {USAGE_KEYS.filter((key) => key !== "user" || admin).map((key) => (
          <option key={key} value={key}>
            {t(`keys.${key}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("days")}
        className="w-auto"
        value={chosen.days}
        onChange={({ target }) => go({ days: target.value as typeof chosen.days })}
      >
        {USAGE_DAYS.map((days) => (
          <option key={days} value={days}>
            {t(`span.${days}`)}
          </option>
        ))}
      </Select>
    </>
  );
}

function Figures() {
  const { t } = useTranslation("usage");
  const { by, days } = useChosen();
  const found = useUsage(by, Number(days));
  return (
    <Found found={found} waiting={<SkeletonRows className="h-24" rows={4} />}>
      {(report) =>
        report.items.length === 0 ? (
          <Empty icon={BarChart3} title={t("none.title")} text={t("none.text")} />
        ) : (
          <>
            <Totals groups={report.items} />
            <Charted report={report} by={report.by} />
          </>
        )
      }
    </Found>
  );
}
