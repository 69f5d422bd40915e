import { useTranslation } from "react-i18next";
import { Failure } from "@/components/ui/failure";
import { SkeletonRows } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { useAgent } from "@/pages/agents/model";
import { type Difference, differences, type Line } from "./difference";

type Props = { name: string; before: number; after: number };

export function DifferenceView({ name, before, after }: Props) {
  const { t } = useTranslation("agents");
  const [old, fresh] = [useAgent(name, before), useAgent(name, after)];
  const error = old.error ?? fresh.error;
  if (error) return <Failure error={error} />;
  if (!old.data || !fresh.data) return <SkeletonRows />;
  const found = differences(old.data.agent, fresh.data.agent);
  if (found.length === 0) {
    return <p className="text-muted-foreground text-sm">{t("compare.same")}</p>;
  }
  return (
    <div className="grid gap-4">
      {found.map((difference) => (
        <FieldDifference key={difference.field} difference={difference} />
      ))}
    </div>
  );
}

const LOOKS: Record<Line["kind"], string> = {
  same: "text-muted-foreground",
  added: "bg-success-soft text-success",
  removed: "bg-danger-soft text-destructive",
};
const SIGNS: Record<Line["kind"], string> = { same: " ", added: "+", removed: "−" };

function FieldDifference({ difference: { field, lines } }: { difference: Difference }) {
  const { t } = useTranslation("agents");
  return (
    <section aria-label={field} className="overflow-hidden rounded-lg border">
      <h3 className="border-b bg-muted px-3 py-2 font-mono text-xs">{field}</h3>
      <ol className="font-mono text-xs leading-6">
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name
          <li key={index} className={cn("flex gap-2 px-3", LOOKS[line.kind])}>
            <span aria-hidden className="select-none">
              {SIGNS[line.kind]}
            </span>
            {line.kind !== "same" && <span className="sr-only">{t(`compare.${line.kind}`)}</span>}
            <span className="min-w-0 whitespace-pre-wrap break-words">{line.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
