import { Link, useNavigate } from "@tanstack/react-router";
import { Ellipsis, GitFork, RefreshCw, ScanSearch, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/ui/icon-button";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { toast } from "@/components/ui/toast";
import { queryClient } from "@/lib/query";
import { reasonOf } from "@/lib/reason";
import { useHere } from "./context";
import { CopyButton } from "./copy-button";
import { toComposer } from "./focus";
import { Siblings } from "./siblings";
import { type Message, textOf } from "./state/message";
import { useOnline } from "./state/network";
import { fork } from "./state/requests";
import { Thumbs } from "./thumbs";
import { TurnUsage } from "./turn-usage";

const failed = (error: Error) => toast.error(reasonOf(error));

export function AnswerActions({ message }: { message: Message }) {
  const { t } = useTranslation("chat");
  const { conversation, busy, may } = useHere();
  const online = useOnline();
  const again = () => {
    // The answer goes from the screen before the edge is asked for another.
    if (!online) return failed(new Error(t("answer.offline")));
    const asked = conversation.regenerate(message.id);
    setTimeout(toComposer, 0);
    void asked.catch(failed);
  };
  const answerId = message.metadata?.message_ids?.at(-1);
  return (
    <div className="mt-2 flex flex-wrap items-center gap-0.5 text-muted-foreground">
      <Siblings
        ids={message.metadata?.answers ?? []}
        current={message.id}
        label={t("siblings.answers")}
        leafOf={(turn_id) => ({ turn_id })}
      />
      <CopyButton text={textOf(message)} />
      {may && answerId && <Thumbs message={message} answerId={answerId} />}
      {may && (
        <IconButton size="icon-sm" label={t("answer.regenerate")} disabled={busy} onClick={again}>
          <RefreshCw />
        </IconButton>
      )}
      <More message={message} answerId={answerId} />
      <TurnUsage message={message} />
    </div>
  );
}

function More({ message, answerId }: { message: Message; answerId: string | undefined }) {
  const { t } = useTranslation("chat");
  const { conversation, busy, may } = useHere();
  const navigate = useNavigate();
  const branch = async (id: string) => {
    const made = await fork(conversation.id, id);
    void queryClient.invalidateQueries({ queryKey: ["conversations"] });
    await navigate({ to: "/c/$id", params: { id: made.id } });
    toast.success(t("answer.forked"));
  };
  return (
    <Menu>
      <MenuTrigger asChild>
        <IconButton size="icon-sm" label={t("answer.more")}>
          <Ellipsis />
        </IconButton>
      </MenuTrigger>
      <MenuContent align="start">
        <MenuItem asChild>
          <Link to="/c/$id/turns/$turnId" params={{ id: conversation.id, turnId: message.id }}>
            <ScanSearch aria-hidden />
            {t("answer.inspect")}
          </Link>
        </MenuItem>
        {may && answerId && (
          <>
            <MenuItem onSelect={() => void branch(answerId).catch(failed)}>
              <GitFork aria-hidden />
              {t("answer.fork")}
            </MenuItem>
            <MenuItem
              disabled={busy}
              onSelect={() => void conversation.move({ message_id: answerId }).catch(failed)}
            >
              <Undo2 aria-hidden />
              {t("answer.rewind")}
            </MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  );
}
