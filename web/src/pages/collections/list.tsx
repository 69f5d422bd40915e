import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { Collection } from "@/pages/documents/model";

type Props = { collections: Collection[]; chosen?: string };

export function CollectionList({ collections, chosen }: Props) {
  const { t } = useTranslation("documents");
  return (
    <nav aria-label={t("collections.list")} className={cn(chosen && "max-lg:hidden")}>
      <ul className="grid gap-1">
        {collections.map(({ name, description, documents }) => (
          <li key={name}>
            <Link
              to="/collections"
              search={{ name }}
              aria-current={name === chosen ? "page" : undefined}
              className={cn(
                "block rounded-lg border border-transparent px-3 py-2 hover:bg-muted",
                name === chosen && "border-border bg-muted",
              )}
            >
              <span className="flex items-baseline justify-between gap-3">
                <span className="truncate font-medium">{name}</span>
                <span className="shrink-0 text-muted-foreground text-xs">
                  {t("collections.documents", { count: documents })}
                </span>
              </span>
              {description && (
                <span className="block truncate text-muted-foreground text-xs">{description}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
