import { useTranslation } from "react-i18next";
import { dollars, short, whole } from "@/lib/format";
import type { Group } from "./model";
import { totalsOf } from "./sums";

export function Totals({ groups }: { groups: Group[] }) {
  const { t } = useTranslation("usage");
  const totals = totalsOf(groups);
  const figures = [
    ["cost", dollars(totals.cost), dollars(totals.cost)],
    ...(["turns", "requests", "input", "output", "cached"] as const).map(
      (key) => [key, short(totals[key]), whole(totals[key])] as const,
    ),
  ] as const;
  return (
    <div>
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
        {figures.map(([key, figure, exact]) => (
          <div key={key} className="rounded-xl border p-3">
            <dt className="text-muted-foreground text-xs">{t(`totals.${key}`)}</dt>
            <dd className="mt-0.5 font-semibold text-lg tabular-nums" title={exact}>
              {figure}
            </dd>
          </div>
        ))}
      </dl>
      {totals.unpriced > 0 && (
        <p className="mt-2 text-muted-foreground text-sm">
          {t("unpriced", { count: totals.unpriced })}
        </p>
      )}
    </div>
  );
}
