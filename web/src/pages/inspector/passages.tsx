import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import type { Inspection } from "./model";
import { Section } from "./section";

type Passage = Inspection["passages"][number];

/** What it was given to read. */
export function Passages({ passages }: { passages: Passage[] }) {
  const { t } = useTranslation("inspector");
  if (passages.length === 0) return null;
  return (
    <Section title={t("passages.title")}>
      <ol className="grid gap-2">
        {passages.map((passage) => (
          <PassageCard key={`${passage.passage_id} ${passage.mark}`} passage={passage} />
        ))}
      </ol>
    </Section>
  );
}

function PassageCard({ passage }: { passage: Passage }) {
  const { t } = useTranslation("inspector");
  const { mark, title, page, score, collection } = passage;
  const shown = score.toLocaleString(navigator.language, { maximumFractionDigits: 3 });
  return (
    <li>
      <details className="rounded-lg border">
        <summary className="flex flex-wrap items-center gap-2 px-4 py-3 text-sm">
          {mark > 0 && <Badge tone="info">{`[${mark}]`}</Badge>}
          <span className="min-w-0 truncate font-medium">{title}</span>
          {page !== null && <Badge>{t("passages.page", { page })}</Badge>}
          <Badge>{t("passages.score", { score: shown })}</Badge>
        </summary>
        <div className="border-t p-4 text-sm">
          <p className="whitespace-pre-wrap break-words">{passage.text}</p>
          {collection ? (
            <Link
              to="/documents/$id"
              params={{ id: passage.document_id }}
              search={{ at: passage.passage_id }}
              className="mt-3 inline-block text-primary underline"
            >
              {t("passages.open")}
            </Link>
          ) : (
            <p className="mt-3 break-all text-muted-foreground text-xs">{passage.url}</p>
          )}
        </div>
      </details>
    </li>
  );
}
