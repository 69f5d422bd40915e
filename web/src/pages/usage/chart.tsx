import { useTranslation } from "react-i18next";
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { dollars, short, whole } from "@/lib/format";
import type { Measure } from "./model";

type Props = {
  points: { name: string; value: number }[];
  measure: Measure;
  /** Bars that lie, for names that are longer than days. */
  lying: boolean;
};

const TEXT = { fill: "var(--muted-foreground)", fontSize: 12 };
const BOX = {
  background: "var(--popover)",
  border: "1px solid var(--border)",
  borderRadius: 8,
  color: "var(--foreground)",
};
const ROW = 36;

/** Hidden from screen readers: the table below says the same. */
export function UsageChart({ points, measure, lying }: Props) {
  const { t } = useTranslation("usage");
  const written = measure === "cost" ? dollars : short;
  const exact = measure === "cost" ? dollars : whole;
  const height = lying ? Math.max(points.length * ROW + 40, 120) : 260;
  const figures = { type: "number", tick: TEXT, tickFormatter: written } as const;
  const names = { type: "category", dataKey: "name", tick: TEXT } as const;
  return (
    <div aria-hidden style={{ height }}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={points}
          layout={lying ? "vertical" : "horizontal"}
          accessibilityLayer={false}
          margin={{ left: 0, right: 8, top: 8, bottom: 0 }}
        >
          <CartesianGrid stroke="var(--border)" vertical={lying} horizontal={!lying} />
          {lying ? <XAxis {...figures} /> : <XAxis {...names} minTickGap={16} />}
          {lying ? <YAxis {...names} width={110} /> : <YAxis {...figures} width={64} />}
          <Tooltip
            cursor={{ fill: "var(--muted)" }}
            contentStyle={BOX}
            formatter={(value) => [exact(Number(value)), t(`measures.${measure}`)]}
          />
          <Bar
            dataKey="value"
            fill="var(--primary)"
            radius={lying ? [0, 4, 4, 0] : [4, 4, 0, 0]}
            maxBarSize={48}
            isAnimationActive={false}
          />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
