import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useConversation } from "@/conversations/api";
import { ConversationMenu } from "@/conversations/menu";
import { Rename, useRenamed } from "@/conversations/rename";
import { usePageTitle } from "@/lib/page-title";

export function ChatHeader({ id, there }: { id: string; there: boolean }) {
  const { t } = useTranslation();
  const [renaming, setRenaming] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const renamed = useRenamed(button, setRenaming);
  const conversation = useConversation(id, there).data;
  const title = conversation?.title ?? t("list.untitled");
  usePageTitle(title);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b px-4">
      {renaming && conversation ? (
        <div className="flex-1">
          <h1 className="sr-only">{title}</h1>
          <Rename conversation={conversation} onDone={renamed} />
        </div>
      ) : (
        <h1 className="min-w-0 flex-1 truncate font-medium text-sm" data-testid="title">
          {title}
        </h1>
      )}
      {conversation && (
        <ConversationMenu
          conversation={conversation}
          onRename={() => setRenaming(true)}
          button={button}
        />
      )}
    </header>
  );
}
