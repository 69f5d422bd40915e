import { useTranslation } from "react-i18next";
import type { Inspection } from "./model";
import { Section } from "./section";

/** The log as it is stored, for those who look for more. */
export function Events({ report }: { report: Inspection }) {
  const { t } = useTranslation("inspector");
  const events = report.events as { id?: string; at?: string; kind: string }[];
  return (
    <Section title={t("events.title")}>
      <ol className="rounded-lg border">
        {events.map((event, index) => (
          <li key={event.id ?? index} className="border-b last:border-0">
            <details>
              <summary className="flex flex-wrap gap-x-3 px-4 py-2 font-mono text-xs">
                <span className="text-muted-foreground">{event.id}</span>
                <span>{event.kind}</span>
                <time className="ml-auto text-muted-foreground" dateTime={event.at}>
                  {event.at?.slice(11, 23)}
                </time>
              </summary>
              <pre className="whitespace-pre-wrap break-all border-t bg-muted px-4 py-3 font-mono text-xs">
                {JSON.stringify(event, null, 2)}
              </pre>
            </details>
          </li>
        ))}
      </ol>
      {report.more_events && (
        <p className="mt-2 text-muted-foreground text-sm">{t("events.more")}</p>
      )}
    </Section>
  );
}
