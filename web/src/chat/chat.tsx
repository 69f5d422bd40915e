import { Link } from "@tanstack/react-router";
import { MessageSquareOff } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { ApiError } from "@/lib/problem";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { Announcer } from "./announcer";
import { Banner } from "./banner";
import { Composer } from "./composer/composer";
import { HereContext } from "./context";
import { DropArea } from "./drop-area";
import { SourcePanel } from "./parts/source-panel";
import type { Conversation } from "./state/conversation";
import type { Source } from "./state/message";
import type { Writing } from "./state/outgoing";
import { useFollowing, useShown } from "./state/use-conversation";
import { Thread } from "./thread";

type Props = {
  conversation: Conversation;
  agent: string;
  onAgent: (agent: string) => void;
  /** The agent goes with the message only where it was chosen for it. */
  chosen: string | null;
};

/** A conversation, and the box to go on with it. */
export function Chat({ conversation, agent, onAgent, chosen }: Props) {
  const { t } = useTranslation("chat");
  const shown = useShown(conversation);
  useFollowing(conversation);
  const may = useMay("member");
  const [source, setSource] = useState<Source | null>(null);
  const [editing, edit] = useState<string | null>(null);
  const [dropped, setDropped] = useState<File[] | null>(null);
  const busy = shown.activity !== "idle";
  const here = useMemo(
    () => ({ conversation, busy, may, edit, editing }),
    [conversation, busy, may, editing],
  );
  const missing = shown.error instanceof ApiError && shown.error.status === 404;
  const older = useCallback(() => void conversation.loadOlder().catch(told), [conversation]);
  const send = (writing: Omit<Writing, "agent">) =>
    void conversation.send({ ...writing, agent: chosen }).catch(told);
  const editLast = () => edit(shown.messages.findLast(({ role }) => role === "user")?.id ?? null);
  const body =
    shown.phase === "failed" ? (
      <div className="mx-auto w-full max-w-xl flex-1 p-6">
        {missing ? (
          <Empty icon={MessageSquareOff} title={t("missing.title")} text={t("missing.text")}>
            <Button asChild variant="primary">
              <Link to="/">{t("nav.newChat", { ns: "shell" })}</Link>
            </Button>
          </Empty>
        ) : (
          <Failure error={shown.error} onRetry={() => void conversation.load()} />
        )}
      </div>
    ) : shown.phase === "loading" ? (
      <div className="mx-auto w-full max-w-3xl flex-1 p-6">
        <SkeletonRows rows={4} className="h-20" />
      </div>
    ) : (
      <Thread
        messages={shown.messages}
        waiting={shown.waiting}
        streaming={shown.activity === "writing" || shown.activity === "sending"}
        older={shown.older !== null}
        onOlder={older}
        onSource={setSource}
      />
    );
  return (
    <HereContext value={here}>
      <DropArea onFiles={setDropped} disabled={!may}>
        <Banner link={shown.link} />
        {body}
        <Announcer activity={shown.activity} last={shown.messages.at(-1)} />
        <div className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-5">
          {missing ? null : may ? (
            <Composer
              draftKey={`${conversation.user} ${conversation.id}`}
              activity={shown.activity}
              agent={agent}
              onAgent={onAgent}
              onSend={send}
              onStop={() => void conversation.stop().catch(told)}
              onEditLast={editLast}
              dropped={dropped}
            />
          ) : (
            <p className="py-3 text-center text-muted-foreground text-sm">{t("viewer")}</p>
          )}
        </div>
        <SourcePanel source={source} onClose={() => setSource(null)} />
      </DropArea>
    </HereContext>
  );
}

export function told(error: Error): void {
  toast.error(reasonOf(error));
}
