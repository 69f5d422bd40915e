import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import {
  Bot,
  ChartColumn,
  FileText,
  Folder,
  Inbox,
  MessageSquare,
  Settings,
  SquarePen,
} from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Choice, Search } from "@/components/ui/search";
import { useConversations } from "@/conversations/api";

const PLACES = [
  { to: "/", icon: SquarePen, label: "nav.newChat" },
  { to: "/inbox", icon: Inbox, label: "nav.inbox" },
  { to: "/documents", icon: FileText, label: "nav.documents" },
  { to: "/collections", icon: Folder, label: "nav.collections" },
  { to: "/agents", icon: Bot, label: "nav.agents" },
  { to: "/usage", icon: ChartColumn, label: "nav.usage" },
  { to: "/settings", icon: Settings, label: "nav.settings" },
] as const;

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function CommandPalette({ open, onOpenChange }: Props) {
  const { t } = useTranslation();
  // Whoever goes to another page begins there, not on the one that is being left.
  const gone = useRef<HTMLElement>(null);
  const go = () => {
    gone.current = document.getElementById("content");
    onOpenChange(false);
  };
  useEffect(() => {
    if (open) gone.current = null;
  }, [open]);
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent
        title={t("palette.title")}
        titleHidden
        className="top-[40%] p-0"
        returnTo={gone}
      >
        <Palette onDone={go} />
      </DialogContent>
    </Dialog>
  );
}

function Palette({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query.trim());
  const found = useConversations({ query: asked });
  const words = query.trim().toLowerCase();
  const places = PLACES.filter(({ label }) => t(label).toLowerCase().includes(words));
  const go = (to: () => void) => {
    onDone();
    to();
  };
  return (
    <Search
      label={t("palette.title")}
      placeholder={t("palette.placeholder")}
      query={query}
      onQuery={setQuery}
      found={found}
      nothing={t("palette.nothing")}
    >
      {places.length > 0 && (
        <Command.Group heading={<Heading text={t("palette.places")} />}>
          {places.map(({ to, icon, label }) => (
            <Choice key={to} id={to} icon={icon} onSelect={() => go(() => navigate({ to }))}>
              {t(label)}
            </Choice>
          ))}
        </Command.Group>
      )}
      <Command.Group heading={<Heading text={t("palette.conversations")} />}>
        {(found.data?.pages[0]?.items ?? []).slice(0, 12).map(({ id, title }) => (
          <Choice
            key={id}
            id={id}
            icon={MessageSquare}
            onSelect={() => go(() => navigate({ to: "/c/$id", params: { id } }))}
          >
            {title ?? t("list.untitled")}
          </Choice>
        ))}
      </Command.Group>
    </Search>
  );
}

function Heading({ text }: { text: string }) {
  return <span className="block px-2 py-1.5 text-muted-foreground text-xs">{text}</span>;
}
