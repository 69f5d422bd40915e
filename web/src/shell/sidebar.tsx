import { Link, useNavigate } from "@tanstack/react-router";
import { Archive, PanelLeftClose, Search, SquarePen, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Kbd } from "@/components/ui/kbd";
import { ConversationList } from "@/conversations/list";
import { useMay } from "@/lib/session";
import { Navigation } from "./navigation";
import { MOD } from "./shortcuts";
import { UserMenu } from "./user-menu";

type Props = {
  onSearch: () => void;
  onHelp: () => void;
  /** Something was chosen: a drawer closes. */
  onOpen?: () => void;
  onHide?: () => void;
};

export function Sidebar({ onSearch, onHelp, onOpen, onHide }: Props) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [archived, setArchived] = useState(false);
  const navigate = useNavigate();
  const may = useMay("member");
  const begin = () => {
    onOpen?.();
    navigate({ to: "/" });
  };
  return (
    <div className="flex min-h-0 w-full flex-1 flex-col">
      <div className="flex items-center justify-between px-3 pt-3 pb-1">
        <Link to="/" onClick={onOpen} className="rounded px-2 py-1 font-semibold tracking-tight">
          Holdfast
        </Link>
        <div className="flex">
          <IconButton label={t("nav.palette")} shortcut={`${MOD} K`} onClick={onSearch}>
            <Search />
          </IconButton>
          {onHide && (
            <IconButton label={t("nav.hide")} shortcut={`${MOD} B`} onClick={onHide}>
              <PanelLeftClose />
            </IconButton>
          )}
        </div>
      </div>
      {may && (
        <div className="px-3 py-2">
          <Button variant="outline" className="w-full justify-start" onClick={begin}>
            <SquarePen aria-hidden />
            <span className="flex-1 text-left">{t("nav.newChat")}</span>
            <span className="pointer-coarse:hidden">
              <Kbd>{`${MOD} ⇧ O`}</Kbd>
            </span>
          </Button>
        </div>
      )}
      <Navigation onOpen={onOpen} />
      <Searching query={query} onQuery={setQuery} archived={archived} onArchived={setArchived} />
      <nav aria-label={t("list.label")} className="flex min-h-0 flex-1 flex-col">
        <ConversationList shown={{ query: query.trim(), archived }} onOpen={onOpen} />
      </nav>
      <UserMenu onHelp={onHelp} />
    </div>
  );
}

type SearchingProps = {
  query: string;
  onQuery: (query: string) => void;
  archived: boolean;
  onArchived: (archived: boolean) => void;
};

function Searching({ query, onQuery, archived, onArchived }: SearchingProps) {
  const { t } = useTranslation();
  return (
    <search className="flex items-center gap-1 px-3 pt-3 pb-1">
      <div className="relative flex-1">
        <Search
          aria-hidden
          className="-translate-y-1/2 absolute top-1/2 left-2.5 size-3.5 text-muted-foreground"
        />
        <input
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.search")}
          value={query}
          maxLength={200}
          onChange={(event) => onQuery(event.target.value)}
          className="h-8 w-full rounded-md border border-transparent bg-secondary pr-7 pl-8 text-sm placeholder:text-muted-foreground [&::-webkit-search-cancel-button]:hidden"
        />
        {query && (
          <button
            type="button"
            aria-label={t("list.clear")}
            onClick={() => onQuery("")}
            className="-translate-y-1/2 absolute top-1/2 right-1 grid size-6 place-items-center rounded"
          >
            <X aria-hidden className="size-3.5" />
          </button>
        )}
      </div>
      <IconButton
        label={t(archived ? "list.hideArchived" : "list.showArchived")}
        size="icon-sm"
        aria-pressed={archived}
        variant={archived ? "secondary" : "quiet"}
        onClick={() => onArchived(!archived)}
      >
        <Archive />
      </IconButton>
    </search>
  );
}
