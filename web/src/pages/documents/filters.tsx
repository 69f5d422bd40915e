import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Input, Select } from "@/components/ui/input";
import { STATUSES } from "@/pages/searches";
import { type DocumentStatus, type Filters, useCollections, useFormats } from "./model";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

export function FilterBar({ filters, onChange }: Props) {
  const { t } = useTranslation("documents");
  const collections = useCollections().data ?? [];
  const change = (part: Filters) => onChange({ ...filters, ...part });
  return (
    <search className="mb-4 flex flex-wrap gap-2">
      <Words value={filters.query ?? ""} onChange={(query) => change({ query })} />
      <Select
        aria-label={t("filter.status")}
        className="w-auto"
        value={filters.status ?? ""}
        onChange={({ target }) =>
          change({ status: (target.value || undefined) as DocumentStatus | undefined })
        }
      >
        <option value="">{t("filter.anyStatus")}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`status.${status}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("filter.collection")}
        className="w-auto max-w-48"
        value={filters.collection ?? ""}
        onChange={({ target }) => change({ collection: target.value || undefined })}
      >
        <option value="">{t("filter.anyCollection")}</option>
        {collections.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Kind value={filters.media_type} onChange={(media_type) => change({ media_type })} />
    </search>
  );
}

type KindProps = { value?: string; onChange: (mediaType?: string) => void };

/** By what files end with: that is how people call them. */
function Kind({ value, onChange }: KindProps) {
  const { t } = useTranslation("documents");
  const formats = useFormats()?.formats ?? [];
  return (
    <Select
      aria-label={t("filter.kind")}
      className="w-auto max-w-40"
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value || undefined)}
    >
      <option value="">{t("filter.anyKind")}</option>
      {formats.map(({ media_type, extensions }) => (
        <option key={media_type} value={media_type}>
          {extensions.join(", ")}
        </option>
      ))}
    </Select>
  );
}

/** The list follows once the typing pauses, and the box follows the address. */
function Words({ value, onChange }: { value: string; onChange: (query?: string) => void }) {
  const { t } = useTranslation("documents");
  const [typed, setTyped] = useState(value);
  const known = useRef(value);
  // The other filters may change while the typing pauses.
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => {
    if (value !== known.current) setTyped(value);
    known.current = value;
  }, [value]);
  useEffect(() => {
    if (typed.trim() === known.current) return;
    const timer = setTimeout(() => {
      known.current = typed.trim();
      change.current(typed.trim() || undefined);
    }, 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative min-w-48 flex-1">
      <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-muted-foreground" />
      <Input
        type="search"
        aria-label={t("filter.words")}
        placeholder={t("filter.words")}
        maxLength={200}
        className="pl-9"
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
    </div>
  );
}
