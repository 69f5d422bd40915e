import { FileText, GitFork, Pencil } from "lucide-react";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Textarea } from "@/components/ui/input";
import { giveFocus } from "@/components/ui/return-focus";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useHere } from "./context";
import { CopyButton } from "./copy-button";
import { toComposer } from "./focus";
import { Siblings } from "./siblings";
import { type Attachment, type Message, textOf } from "./state/message";

type Props = { message: Message; editing: boolean };

/** What somebody asked. Its text is shown as it was written. */
export const Question = memo(function Question({ message, editing }: Props) {
  const { t } = useTranslation("chat");
  const text = textOf(message);
  return (
    <article
      aria-label={t("question.label")}
      data-testid="question"
      data-message={message.id}
      className="group/message flex flex-col items-end"
    >
      <Attached documents={message.metadata?.attachments ?? []} />
      {editing ? (
        <Editing message={message} text={text} />
      ) : (
        <div className="max-w-[85%] whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-bubble px-4 py-2.5">
          {text}
        </div>
      )}
      {!editing && <Actions message={message} text={text} />}
    </article>
  );
});

export function Attached({ documents }: { documents: Attachment[] }) {
  const { t } = useTranslation("chat");
  if (documents.length === 0) return null;
  return (
    <ul aria-label={t("question.attached")} className="mb-1.5 flex flex-wrap justify-end gap-1.5">
      {documents.map(({ document_id, title }) => (
        <li key={document_id}>
          <a
            href={`/documents/${document_id}`}
            className="flex max-w-64 items-center gap-1.5 rounded-lg border bg-card px-2.5 py-1 text-xs hover:bg-accent"
          >
            <FileText aria-hidden className="size-3.5 shrink-0 text-muted-foreground" />
            <span className="truncate">{title ?? t("question.gone")}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Actions({ message, text }: { message: Message; text: string }) {
  const { t } = useTranslation("chat");
  const { edit, busy, may } = useHere();
  return (
    <div className="mt-1 flex items-center gap-0.5 opacity-0 transition-opacity focus-within:opacity-100 group-hover/message:opacity-100 has-[[data-testid=siblings]]:opacity-100 pointer-coarse:opacity-100">
      <CopyButton text={text} />
      {may && (
        <IconButton
          size="icon-sm"
          label={t("question.edit")}
          data-edit
          disabled={busy}
          onClick={() => edit(message.id)}
        >
          <Pencil />
        </IconButton>
      )}
      <Siblings
        ids={message.metadata?.siblings ?? []}
        current={message.id}
        label={t("siblings.questions")}
        leafOf={(message_id) => ({ message_id, newest: true })}
      />
    </div>
  );
}

function Editing({ message, text: before }: { message: Message; text: string }) {
  const { t } = useTranslation("chat");
  const { conversation, edit } = useHere();
  const [text, setText] = useState(before);
  const [sending, setSending] = useState(false);
  const cancelled = useRef(false);
  const form = useRef<HTMLFormElement>(null);
  const opener = useRef(document.activeElement);
  const cancel = () => {
    cancelled.current = true;
    const article = form.current?.closest("article");
    flushSync(() => edit(null));
    const from = opener.current?.isConnected ? opener.current : null;
    const box = from?.matches("textarea") ? from : null;
    giveFocus(box ?? article?.querySelector("[data-edit]") ?? null);
  };
  const send = async () => {
    const said = text.trim();
    if (!said || sending) return;
    setSending(true);
    const told = (error: Error) => toast.error(reasonOf(error));
    try {
      // Without the edge this fails, and nothing is written down yet: the words stay here.
      await conversation.readBefore(message.id);
    } catch (error) {
      setSending(false);
      return told(error as Error);
    }
    if (cancelled.current) return;
    if (form.current) {
      flushSync(() => edit(null));
      toComposer();
    }
    const attachments = message.metadata?.attachments ?? [];
    conversation
      .edit(message.id, { text: said, attachments, agent: null, onBusy: "enqueue", draft: null })
      .catch(told);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") cancel();
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) void send();
  };
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      className="w-full max-w-[95%] rounded-2xl bg-bubble p-3"
    >
      <Textarea
        autoFocus
        aria-label={t("question.editing")}
        value={text}
        readOnly={sending}
        rows={Math.min(12, text.split("\n").length + 1)}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
      />
      <div className="mt-2 flex flex-wrap items-center justify-end gap-2">
        <p className="mr-auto flex items-center gap-1.5 text-muted-foreground text-xs">
          <GitFork aria-hidden className="size-3.5" />
          {t("question.branches")}
        </p>
        <Button size="sm" variant="ghost" onClick={cancel}>
          {t("cancel", { ns: "shell" })}
        </Button>
        <Button size="sm" variant="primary" type="submit" aria-disabled={sending}>
          {t("composer.send")}
        </Button>
      </div>
    </form>
  );
}
