import { useTranslation } from "react-i18next";
import { Table, Td, Th } from "@/components/ui/table";
import { span } from "@/lib/format";
import { attemptsOf } from "./bars";
import type { Step } from "./model";
import { useBarName } from "./names";
import type { Bar, Timeline } from "./timeline";

type Props = { timeline: Timeline; steps: Step[]; firstTokens: Map<number, number> };

export function TimelineTable({ timeline, steps, firstTokens }: Props) {
  const { t } = useTranslation("inspector");
  const name = useBarName();
  const first = (bar: Bar) => {
    const at = bar.lane === "model" && bar.step !== null ? firstTokens.get(bar.step) : undefined;
    return at === undefined ? "–" : span(at - bar.start);
  };
  return (
    <Table label={t("timeline.title")}>
      <thead>
        <tr>
          {(["what", "start", "length", "first", "attempts", "outcome"] as const).map((key) => (
            <Th key={key}>{t(`timeline.columns.${key}`)}</Th>
          ))}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {timeline.bars.map((bar) => (
          <tr key={bar.key}>
            <Td>{name(bar)}</Td>
            <Td>{span(bar.start)}</Td>
            <Td>{span(bar.end - bar.start)}</Td>
            <Td>{first(bar)}</Td>
            <Td>{bar.lane === "model" ? attemptsOf(bar, steps) : "–"}</Td>
            <Td>{bar.outcome ?? t(`states.${bar.state}`)}</Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
