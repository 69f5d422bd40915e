import { useNavigate, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Banner } from "@/chat/banner";
import { Chat, told } from "@/chat/chat";
import { Composer } from "@/chat/composer/composer";
import { DropArea } from "@/chat/drop-area";
import { ChatHeader } from "@/chat/header";
import { preloadMarkdown } from "@/chat/markdown/answer-text";
import { keepDraft } from "@/chat/state/outbox";
import type { Writing } from "@/chat/state/outgoing";
import { conversationOf, useConversationOf, useThere } from "@/chat/state/use-conversation";
import { Welcome } from "@/chat/welcome";
import { useChange, useConversation } from "@/conversations/api";
import { usePageTitle } from "@/lib/page-title";
import { useMay, useSession } from "@/lib/session";

/** Whom a message goes to that names nobody. */
const ANYBODY = "general";

export function ChatPage() {
  const { id } = useParams({ from: "/app/c/$id" });
  const conversation = useConversationOf(id);
  const there = useThere(conversation);
  const known = useConversation(id, there).data;
  const change = useChange();
  const choose = (agent: string) => change.mutate({ id, change: { agent } });
  return (
    <div className="flex h-full flex-col">
      <ChatHeader id={id} there={there} />
      <div className="min-h-0 flex-1">
        <Chat
          key={conversation.id}
          conversation={conversation}
          agent={known?.agent ?? ANYBODY}
          onAgent={choose}
          chosen={null}
        />
      </div>
    </div>
  );
}

/** A conversation begins with its first message, under an id that is chosen here. */
export function NewChatPage() {
  const { t } = useTranslation("chat");
  const navigate = useNavigate();
  const may = useMay("member");
  const user = useSession().user?.id ?? "";
  const draftKey = `${user} new`;
  const [agent, setAgent] = useState<string | null>(null);
  const [dropped, setDropped] = useState<File[] | null>(null);
  const [idea, setIdea] = useState(0);
  usePageTitle("");
  useEffect(() => {
    preloadMarkdown();
  }, []);
  const send = useCallback(
    (writing: Omit<Writing, "agent">) => {
      const id = crypto.randomUUID();
      void conversationOf(id, user, true)
        .send({ ...writing, agent })
        .catch(told);
      void navigate({ to: "/c/$id", params: { id } });
    },
    [agent, navigate, user],
  );
  const take = async (text: string) => {
    await keepDraft({ conversationId: draftKey, text, attachments: [] });
    setIdea((count) => count + 1);
  };
  return (
    <DropArea onFiles={setDropped} disabled={!may}>
      <Banner link="still" />
      <div className="flex min-h-0 flex-1 flex-col justify-center-safe overflow-y-auto pt-10 pb-[8dvh]">
        <Welcome onIdea={(text) => void take(text).catch(told)} />
        <div className="mx-auto w-full max-w-3xl px-3 sm:px-6">
          {may ? (
            <Composer
              key={idea}
              draftKey={draftKey}
              activity="idle"
              agent={agent ?? ANYBODY}
              onAgent={setAgent}
              onSend={send}
              onStop={() => undefined}
              onEditLast={() => undefined}
              dropped={dropped}
            />
          ) : (
            <p className="text-muted-foreground text-sm">{t("viewer")}</p>
          )}
        </div>
      </div>
    </DropArea>
  );
}
