import { useTranslation } from "react-i18next";

/** Text that is longer is folded in a cell. */
const LONG = 600;

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** What a call would run with, for people to read. */
export function ArgumentTable({ values }: { values: Record<string, unknown> }) {
  const { t } = useTranslation("chat");
  const entries = Object.entries(values);
  if (entries.length === 0) {
    return <p className="text-muted-foreground text-sm">{t("approval.noArguments")}</p>;
  }
  return (
    <dl className="divide-y overflow-hidden rounded-lg border bg-card text-sm">
      {entries.map(([name, value]) => (
        <div key={name} className="grid gap-x-4 gap-y-0.5 px-3 py-2 sm:grid-cols-[9rem_1fr]">
          <dt className="break-words font-medium text-muted-foreground">{name}</dt>
          <dd className="min-w-0">
            <Value text={written(value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ text }: { text: string }) {
  const { t } = useTranslation("chat");
  const shown = <span className="whitespace-pre-wrap break-words">{text}</span>;
  if (text.length <= LONG) return shown;
  return (
    <details>
      <summary className="text-primary">{t("approval.long", { count: text.length })}</summary>
      {shown}
    </details>
  );
}
