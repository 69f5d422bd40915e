import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Cell, Row } from "@/components/ui/row-table";
import { ago, bytes, moment, whole } from "@/lib/format";
import type { Document } from "./model";
import { Status, Trouble } from "./status";

export const COLUMNS =
  "grid gap-x-4 gap-y-1 @3xl:grid-cols-[minmax(0,1fr)_9rem_8rem_6rem_8rem] @3xl:items-center";

export function DocumentRow({ document }: { document: Document }) {
  const { t } = useTranslation("documents");
  return (
    <Row className={`${COLUMNS} relative border-b px-3 py-3 hover:bg-muted/60`}>
      <Cell className="min-w-0">
        <Link
          to="/documents/$id"
          params={{ id: document.id }}
          className="block truncate font-medium after:absolute after:inset-0"
        >
          {document.title}
        </Link>
        <p className="truncate text-muted-foreground text-xs">
          {[document.name, bytes(document.size)].join(" · ")}
        </p>
        <Trouble document={document} />
      </Cell>
      <Cell className="truncate text-sm @max-3xl:text-muted-foreground @max-3xl:text-xs">
        {document.collection}
      </Cell>
      <Cell>
        <Status document={document} />
      </Cell>
      <Cell className="text-muted-foreground text-sm tabular-nums @max-3xl:hidden">
        {whole(document.passages)}
      </Cell>
      <Cell className="text-muted-foreground text-xs @3xl:text-sm">
        <time dateTime={document.created_at} title={moment(document.created_at)}>
          {ago(document.created_at)}
        </time>
        <span className="@3xl:hidden">
          {" · "}
          {t("passages", { count: document.passages })}
        </span>
      </Cell>
    </Row>
  );
}
