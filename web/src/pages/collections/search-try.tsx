import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Input, Select } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { type Hit, useSearchTry } from "./model";

const TOPS = [5, 10, 20, 50];

/** What an agent would find for a question, with scores and pages. */
export function SearchTry({ collection }: { collection: string }) {
  const { t } = useTranslation("documents");
  const [query, setQuery] = useState("");
  const [top, setTop] = useState(10);
  const [rerank, setRerank] = useState(true);
  const search = useSearchTry();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (query.trim()) search.mutate({ query, collection, top, rerank });
  };
  return (
    <section aria-label={t("search.title")} className="rounded-xl border p-4">
      <h3 className="font-semibold">{t("search.title")}</h3>
      <p className="mt-1 mb-3 text-muted-foreground text-sm">{t("search.text")}</p>
      <form onSubmit={submit} className="flex flex-wrap items-center gap-2">
        <Input
          type="search"
          aria-label={t("search.query")}
          placeholder={t("search.query")}
          maxLength={2_000}
          className="min-w-48 flex-1"
          value={query}
          onChange={({ target }) => setQuery(target.value)}
        />
        <Select
          aria-label={t("search.top")}
          className="w-auto"
          value={top}
          onChange={({ target }) => setTop(Number(target.value))}
        >
          {TOPS.map((count) => (
            <option key={count} value={count}>
              {t("search.found", { count })}
            </option>
          ))}
        </Select>
        <Button type="submit" variant="primary" disabled={!query.trim() || search.isPending}>
          <Search aria-hidden />
          {t("search.action")}
        </Button>
        <label className="flex w-full items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={rerank}
            onChange={({ target }) => setRerank(target.checked)}
          />
          {t("search.rerank")}
        </label>
      </form>
      <div className="mt-4" aria-live="polite">
        {search.isPending && <SkeletonRows rows={3} className="h-20" />}
        {search.error && <Failure error={search.error} />}
        {search.data && !search.isPending && (
          <Hits hits={search.data.items} degraded={search.data.degraded ?? null} />
        )}
      </div>
    </section>
  );
}

function Hits({ hits, degraded }: { hits: Hit[]; degraded: string | null }) {
  const { t } = useTranslation("documents");
  return (
    <>
      <p className="mb-3 text-muted-foreground text-sm">
        {hits.length > 0 ? t("search.found", { count: hits.length }) : t("search.none")}
        {degraded && ` · ${t("search.degraded", { code: degraded })}`}
      </p>
      <ol className="grid gap-3">
        {hits.map((hit) => (
          <HitCard key={hit.passage_id} hit={hit} />
        ))}
      </ol>
    </>
  );
}

function HitCard({ hit }: { hit: Hit }) {
  const { t } = useTranslation("documents");
  const score = hit.score.toLocaleString(navigator.language, { maximumFractionDigits: 3 });
  return (
    <li className="rounded-lg border p-3">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <Link
          to="/documents/$id"
          params={{ id: hit.document_id }}
          search={{ at: hit.passage_id }}
          className="min-w-0 truncate font-medium hover:underline"
        >
          {hit.title}
        </Link>
        {hit.page && <Badge>{t("reading.page", { page: hit.page })}</Badge>}
        <Badge tone="info">{t("search.score", { score })}</Badge>
      </div>
      {hit.heading && <p className="truncate text-muted-foreground text-xs">{hit.heading}</p>}
      <p className="mt-1.5 line-clamp-6 whitespace-pre-wrap break-words text-sm">{hit.text}</p>
    </li>
  );
}
