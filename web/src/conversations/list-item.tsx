import { Link, useParams } from "@tanstack/react-router";
import { Pin } from "lucide-react";
import { memo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import type { Conversation } from "./api";
import { ConversationMenu } from "./menu";
import { Rename, useRenamed } from "./rename";

type Props = { conversation: Conversation; onOpen?: () => void };

export const ListItem = memo(function ListItem({ conversation, onOpen }: Props) {
  const { t } = useTranslation();
  const [renaming, setRenaming] = useState(false);
  const params = useParams({ strict: false });
  const here = params.id === conversation.id;
  const title = conversation.title ?? t("list.untitled");
  const button = useRef<HTMLButtonElement>(null);
  const renamed = useRenamed(button, setRenaming);
  if (renaming) return <Rename conversation={conversation} onDone={renamed} />;
  return (
    <div
      className={cn(
        "group relative flex items-center rounded-md hover:bg-accent",
        here && "bg-accent",
      )}
    >
      <Link
        to="/c/$id"
        params={{ id: conversation.id }}
        preload={false}
        onClick={onOpen}
        aria-current={here ? "page" : undefined}
        className="min-w-0 flex-1 rounded-md py-1.5 pr-9 pl-2 text-sm focus-visible:-outline-offset-2"
      >
        <span className="flex items-center gap-1.5">
          {conversation.pinned && (
            <Pin
              aria-label={t("list.isPinned")}
              className="size-3 shrink-0 text-muted-foreground"
            />
          )}
          <span className="truncate">{title}</span>
        </span>
        {conversation.snippet && (
          <span className="line-clamp-2 text-muted-foreground text-xs">{conversation.snippet}</span>
        )}
      </Link>
      <div className="absolute right-1 opacity-0 focus-within:opacity-100 group-hover:opacity-100 has-[[data-state=open]]:opacity-100 pointer-coarse:opacity-100">
        <ConversationMenu
          conversation={conversation}
          onRename={() => setRenaming(true)}
          button={button}
          small
        />
      </div>
    </div>
  );
});
