import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Select } from "@/components/ui/input";
import { useWho } from "@/lib/who";
import { UsageChart } from "./chart";
import { type Group, type Key, MEASURES, type Measure } from "./model";
import { pointsOf, totalsOf } from "./sums";
import { UsageTable } from "./table";

type Props = { report: { items: Group[]; since: string; until: string }; by: Key };

/** A picture, and beside it the figures that it was drawn from. */
export function Charted({ report, by }: Props) {
  const { t } = useTranslation("usage");
  // Where no model has a price there is nothing to see of cost.
  const [measure, setMeasure] = useState<Measure>(() =>
    totalsOf(report.items).cost > 0 ? "cost" : "tokens",
  );
  const name = useKeyName(by);
  const title = t("chart", { measure: t(`measures.${measure}`), key: t(`keys.${by}`) });
  const points = pointsOf(report.items, measure, by, report).map(({ key, value, rest }) => ({
    name: rest ? t("others", { count: rest }) : name(key),
    value,
  }));
  return (
    <>
      <section aria-label={title} className="rounded-xl border p-4">
        <div className="mb-4 flex flex-wrap items-center justify-between gap-2">
          <h2 className="font-semibold">{title}</h2>
          <Select
            aria-label={t("measure")}
            className="w-auto"
            value={measure}
            onChange={({ target }) => setMeasure(target.value as Measure)}
          >
            {MEASURES.map((one) => (
              <option key={one} value={one}>
                {t(`measures.${one}`)}
              </option>
            ))}
          </Select>
        </div>
        <UsageChart points={points} measure={measure} lying={by !== "day"} />
      </section>
      <UsageTable groups={report.items} by={by} name={name} />
    </>
  );
}

function useKeyName(by: Key): (key: string | null) => string {
  const { t } = useTranslation("usage");
  const who = useWho();
  return (key) => {
    if (key === null) return t("nobody");
    if (by === "user") return who(key);
    if (by !== "day") return key;
    // A day in UTC, wherever the reader is.
    const date = new Date(`${key.slice(0, 10)}T00:00:00Z`);
    const how = { month: "short", day: "numeric", timeZone: "UTC" } as const;
    return date.toLocaleDateString(navigator.language, how);
  };
}
