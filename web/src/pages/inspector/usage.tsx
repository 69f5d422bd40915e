import { useTranslation } from "react-i18next";
import { Table, Td, Th } from "@/components/ui/table";
import { dollars, span, whole } from "@/lib/format";
import type { UsageLine } from "./model";
import { Section } from "./section";

const COLUMNS = ["cause", "model", "input", "output", "cached", "first", "cost"] as const;

/** Every call to a provider, those of lost attempts too: they cost the same. */
export function Usage({ lines }: { lines: UsageLine[] }) {
  const { t } = useTranslation("inspector");
  if (lines.length === 0) return null;
  return (
    <Section title={t("usage.title")}>
      <Table label={t("usage.title")}>
        <thead>
          <tr>
            {COLUMNS.map((key) => (
              <Th key={key}>{t(`usage.${key}`)}</Th>
            ))}
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {lines.map((line) => (
            <tr key={`${line.at} ${line.cause} ${line.call_id} ${line.step} ${line.attempt}`}>
              <Td>
                {t(`usage.causes.${line.cause}`, { step: line.step ?? 0, attempt: line.attempt })}
              </Td>
              <Td className="break-all">{line.model}</Td>
              <Td>{whole(line.input_tokens)}</Td>
              <Td>{whole(line.output_tokens)}</Td>
              <Td>{whole(line.cached_tokens)}</Td>
              <Td>{line.first_token_ms === null ? "–" : span(line.first_token_ms)}</Td>
              <Td>{dollars(line.cost_usd)}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Section>
  );
}
