import { useTranslation } from "react-i18next";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { barsOf, firstTokens } from "./bars";
import type { Inspection } from "./model";
import { Section } from "./section";
import { TimelineChart } from "./timeline-chart";
import { TimelineTable } from "./timeline-table";

/** The same twice: to look at, and to read. */
export function TimelineSection({ report }: { report: Inspection }) {
  const { t } = useTranslation("inspector");
  const timeline = barsOf(report, Date.now());
  const first = firstTokens(report);
  if (timeline.bars.length === 0) {
    return (
      <Section title={t("timeline.title")}>
        <p className="text-muted-foreground text-sm">{t("timeline.none")}</p>
      </Section>
    );
  }
  return (
    <Section title={t("timeline.title")}>
      <Tabs defaultValue="chart">
        <TabList aria-label={t("timeline.how")}>
          <Tab value="chart">{t("timeline.chart")}</Tab>
          <Tab value="table">{t("timeline.table")}</Tab>
        </TabList>
        <TabPanel value="chart">
          <TimelineChart timeline={timeline} steps={report.steps} firstTokens={first} />
        </TabPanel>
        <TabPanel value="table">
          <TimelineTable timeline={timeline} steps={report.steps} firstTokens={first} />
        </TabPanel>
      </Tabs>
    </Section>
  );
}
