import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Found } from "@/components/ui/found";
import { Progress } from "@/components/ui/progress";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { dollars, whole } from "@/lib/format";
import { useMay } from "@/lib/session";
import { useWho } from "@/lib/who";
import type usage from "@/locales/en/usage.json";
import { BudgetDialog } from "./budget-dialog";
import { type Budgets, useBudgets } from "./model";

export function BudgetSection() {
  const { t } = useTranslation("usage");
  const found = useBudgets();
  const admin = useMay("admin");
  const [open, setOpen] = useState(false);
  return (
    <section aria-label={t("budgets.title")}>
      <div className="mb-3 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 className="font-semibold">{t("budgets.title")}</h2>
          <p className="text-muted-foreground text-sm">{t("budgets.text")}</p>
        </div>
        {admin && found.data && (
          <Button variant="outline" onClick={() => setOpen(true)}>
            {t("budgets.set")}
          </Button>
        )}
      </div>
      <Found found={found} waiting={<SkeletonRows rows={2} />}>
        {(budgets) => <Known budgets={budgets} />}
      </Found>
      {found.data && (
        <BudgetDialog open={open} onOpenChange={setOpen} budgets={found.data.budgets} />
      )}
    </section>
  );
}

function Known({ budgets: { budgets, yours } }: { budgets: Budgets }) {
  const { t } = useTranslation("usage");
  const who = useWho();
  if (budgets.length === 0) return <p className="text-sm">{t("budgets.none")}</p>;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <Table label={t("budgets.title")}>
        <thead>
          <tr>
            {(["holder", "tokens", "cost"] as const).map((key) => (
              <Th key={key}>{t(`budgets.${key}`)}</Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {budgets.map(({ holder, user_id, tokens, cost_usd }) => (
            <tr key={`${holder} ${user_id}`}>
              <Td>
                {t(`budgets.holders.${holder}`)}
                {user_id && ` (${who(user_id)})`}
              </Td>
              <Td>{tokens === null ? t("budgets.unlimited") : whole(tokens)}</Td>
              <Td>{cost_usd === null ? t("budgets.unlimited") : dollars(cost_usd)}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {yours.length > 0 && <Left yours={yours} />}
    </div>
  );
}

type Name = keyof typeof usage.budgets.allowances;

function Left({ yours }: { yours: Budgets["yours"] }) {
  const { t } = useTranslation("usage");
  return (
    <div>
      <h3 className="mb-2 font-medium text-sm">{t("budgets.yours")}</h3>
      <ul className="grid gap-3 sm:grid-cols-2">
        {yours.map(({ name, limit, spent, exhausted }) => {
          const written = (value: string) =>
            name.endsWith("cost") ? dollars(value) : whole(Number(value));
          const title = t(`budgets.allowances.${name as Name}`, { defaultValue: name });
          return (
            <li key={name} className="rounded-xl border p-3 text-sm">
              <p className="mb-2 flex items-center justify-between gap-2">
                {title}
                {exhausted && <Badge tone="danger">{t("budgets.exhausted")}</Badge>}
              </p>
              <Progress value={Number(spent) / Math.max(Number(limit), 1e-9)} label={title} />
              <p className="mt-1.5 text-muted-foreground text-xs">
                {t("budgets.used", { spent: written(spent), limit: written(limit) })}
              </p>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
