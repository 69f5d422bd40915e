import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { bytes, day, moment, whole } from "@/lib/format";
import type { Document } from "@/pages/documents/model";
import { Status } from "@/pages/documents/status";

/** What is known of it besides its text. */
export function Facts({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  const { url } = document;
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-2.5 rounded-xl border p-4 text-sm">
      <Fact name={t("columns.status")}>
        <Status document={document} />
      </Fact>
      <Fact name={t("columns.collection")}>{document.collection}</Fact>
      <Fact name={t("facts.author")}>{document.author}</Fact>
      <Fact name={t("facts.language")}>{document.language && language(document.language)}</Fact>
      <Fact name={t("facts.published")}>
        {document.published_on && day(`${document.published_on}T12:00:00`)}
      </Fact>
      <Fact name={t("facts.keywords")}>{document.keywords.join(", ")}</Fact>
      <Fact name={t("facts.address")}>{url && <Address url={url} />}</Fact>
      <Fact name={t("facts.kind")}>{document.media_type}</Fact>
      <Fact name={t("facts.size")}>{bytes(document.size)}</Fact>
      <Fact name={t("columns.passages")}>
        {t("facts.embedded", { count: document.passages, embedded: whole(document.embedded) })}
      </Fact>
      <Fact name={t("facts.pictures")}>{document.pictures > 0 && whole(document.pictures)}</Fact>
      <Fact name={t("facts.version")}>
        {t("version.which", { newest: document.version, live: document.live_version })}
      </Fact>
      <Fact name={t("columns.added")}>{moment(document.created_at)}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (!children) return null;
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** The API takes http and https alone; a link to anything else would be no link. */
function Address({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return url;
  return (
    <a href={url} target="_blank" rel="noreferrer" className="text-primary underline">
      {url}
    </a>
  );
}

function language(code: string): string {
  try {
    return new Intl.DisplayNames(navigator.language, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
