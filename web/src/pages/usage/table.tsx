import { useTranslation } from "react-i18next";
import { Table, Td, Th } from "@/components/ui/table";
import { dollars, whole } from "@/lib/format";
import type { Group, Key } from "./model";

type Props = { groups: Group[]; by: Key; name: (key: string | null) => string };

const COLUMNS = ["turns", "requests", "input", "output", "cached", "cost"] as const;

export function UsageTable({ groups, by, name }: Props) {
  const { t } = useTranslation("usage");
  return (
    <Table label={t("title")}>
      <thead>
        <tr>
          <Th>{t(`keys.${by}`)}</Th>
          {COLUMNS.map((key) => (
            <Th key={key} className="text-right">
              {t(`totals.${key}`)}
            </Th>
          ))}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {groups.map((group) => (
          <tr key={group.key ?? ""}>
            <Td title={group.key ?? undefined}>{name(group.key)}</Td>
            <Figure>{whole(group.turns)}</Figure>
            <Figure>{whole(group.requests)}</Figure>
            <Figure>{whole(group.input_tokens)}</Figure>
            <Figure>{whole(group.output_tokens)}</Figure>
            <Figure>{whole(group.cached_tokens)}</Figure>
            <Figure>{dollars(group.cost_usd)}</Figure>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Figure({ children }: { children: string }) {
  return <Td className="text-right">{children}</Td>;
}
