import { FileText, Globe } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Source } from "../state/message";

type Props = { sources: Source[]; cited: Set<number>; open: (mark: number) => void };

/** What the answer cites, at its end; and on demand what else was found. */
export function SourceList({ sources, cited, open }: Props) {
  const { t } = useTranslation("chat");
  const [all, setAll] = useState(false);
  if (sources.length === 0) return null;
  const named = sources.filter(({ mark }) => cited.has(mark));
  const shown = all ? sources : named;
  const rest = sources.length - named.length;
  return (
    <div data-testid="sources" className="mt-4">
      <ul aria-label={t("source.list")} className="flex flex-wrap gap-2">
        {shown.map((source) => (
          <li key={source.mark} className="max-w-full">
            <button
              type="button"
              onClick={() => open(source.mark)}
              className="flex min-h-8 max-w-full items-center gap-2 rounded-lg border bg-card px-2.5 py-1 text-left text-xs hover:bg-accent"
            >
              <span className="font-medium text-primary tabular-nums">{source.mark}</span>
              {source.url && !source.collection ? (
                <Globe aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
              ) : (
                <FileText aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
              )}
              <span className="max-w-56 truncate">{source.title}</span>
              {source.page && (
                <span className="text-muted-foreground">
                  {t("source.page", { page: source.page })}
                </span>
              )}
            </button>
          </li>
        ))}
        {rest > 0 && (
          <li>
            <button
              type="button"
              aria-expanded={all}
              onClick={() => setAll(!all)}
              className="min-h-8 rounded-lg px-1.5 py-1 text-muted-foreground text-xs hover:bg-accent"
            >
              {all
                ? t("source.fewer")
                : t(named.length ? "source.more" : "source.uncited", { count: rest })}
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}
