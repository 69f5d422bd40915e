import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Found } from "@/components/ui/found";
import { Select } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { moment } from "@/lib/format";
import { useMay } from "@/lib/session";
import { useWho } from "@/lib/who";
import { useVersions } from "@/pages/agents/model";
import { DifferenceView } from "./difference-view";
import { RollbackButton } from "./rollback";

type Summary = NonNullable<ReturnType<typeof useVersions>["data"]>["items"][number];

export function Versions({ name }: { name: string }) {
  const found = useVersions(name);
  return (
    <Found found={found} waiting={<SkeletonRows />}>
      {({ items, archived }) => (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
          <VersionTable name={name} versions={items} archived={archived} />
          {items.length > 1 && <Comparison name={name} versions={items} />}
        </div>
      )}
    </Found>
  );
}

type Props = { name: string; versions: Summary[] };

function VersionTable({ name, versions, archived }: Props & { archived: boolean }) {
  const { t } = useTranslation("agents");
  const who = useWho();
  const may = useMay("admin");
  return (
    <Table label={t("tabs.versions")}>
      <thead>
        <tr>
          {(["number", "note", "by", "at"] as const).map((key) => (
            <Th key={key}>{t(`versions.${key}`)}</Th>
          ))}
          <Th>
            <span className="sr-only">{t("versions.actions")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {versions.map((one) => (
          <tr key={one.version}>
            <Td className="whitespace-nowrap">
              {t("version", { version: one.version })}{" "}
              {one.current && !archived && <Badge tone="success">{t("versions.current")}</Badge>}
            </Td>
            <Td className="wrap-anywhere min-w-40">{one.note || "–"}</Td>
            <Td className="whitespace-nowrap">
              {one.created_by ? who(one.created_by) : t("versions.shipped")}
            </Td>
            <Td className="whitespace-nowrap">{one.created_at ? moment(one.created_at) : "–"}</Td>
            <Td className="text-right">
              {may && (archived || !one.current) && (
                <RollbackButton name={name} version={one.version} />
              )}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Comparison({ name, versions }: Props) {
  const { t } = useTranslation("agents");
  const numbers = versions.map(({ version }) => version);
  const [before, setBefore] = useState(numbers[1] ?? 1);
  const [after, setAfter] = useState(numbers[0] ?? 1);
  const choice = (label: string, value: number, onChange: (version: number) => void) => (
    <Select
      aria-label={label}
      className="w-auto"
      value={value}
      onChange={({ target }) => onChange(Number(target.value))}
    >
      {numbers.map((version) => (
        <option key={version} value={version}>
          {t("version", { version })}
        </option>
      ))}
    </Select>
  );
  return (
    <section aria-label={t("compare.title")}>
      <h2 className="mb-3 font-semibold">{t("compare.title")}</h2>
      <div className="mb-4 flex flex-wrap items-center gap-2 text-sm">
        {choice(t("compare.before"), before, setBefore)}
        <span>{t("compare.with")}</span>
        {choice(t("compare.after"), after, setAfter)}
      </div>
      <DifferenceView name={name} before={before} after={after} />
    </section>
  );
}
