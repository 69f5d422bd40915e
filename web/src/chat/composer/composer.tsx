import { ArrowUp, AtSign, Square } from "lucide-react";
import { type ClipboardEvent, type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Skeleton } from "@/components/ui/skeleton";
import { COMPOSER } from "../focus";
import type { Draft } from "../state/outbox";
import type { Busy, Writing } from "../state/outgoing";
import type { Activity } from "../state/use-conversation";
import { AgentPicker } from "./agent-picker";
import { BusyMenu } from "./busy-menu";
import { EnclosureList } from "./enclosure-list";
import { FileButton } from "./file-button";
import { MentionDialog } from "./mention-dialog";
import { attached, type Enclosure } from "./uploads";
import { useDraft, useKeptDraft } from "./use-draft";
import { useEnclosures } from "./use-enclosures";

/** Characters of a message; the edge refuses longer ones. */
const LONGEST = 32_000;

type Props = {
  /** Whose draft this is. */
  draftKey: string;
  activity: Activity;
  agent: string;
  onAgent: (agent: string) => void;
  onSend: (writing: Omit<Writing, "agent">) => void;
  onStop: () => void;
  /** ↑ in an empty box. */
  onEditLast: () => void;
  /** Files that were dropped on the page; a new list each time. */
  dropped: File[] | null;
};

export function Composer(props: Props) {
  const draft = useDraft(props.draftKey);
  if (draft === undefined) return <Skeleton className="h-28 rounded-2xl" />;
  return <Writer key={props.draftKey} {...props} draft={draft} />;
}

function Writer({ draft, dropped, ...props }: Props & { draft: Draft | null }) {
  const { t } = useTranslation("chat");
  const [text, setText] = useState(draft?.text ?? "");
  const [onBusy, setOnBusy] = useState<Busy>("enqueue");
  const [naming, setNaming] = useState(false);
  const files = useEnclosures(draft?.attachments ?? []);
  const [taken, setTaken] = useState<File[] | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  useKeptDraft(props.draftKey, text, attached(files.enclosures));
  if (dropped !== taken) {
    setTaken(dropped);
    if (dropped) queueMicrotask(() => files.add(dropped));
  }
  const busy = props.activity !== "idle";
  const wait = waits(files.enclosures);
  const ready = text.trim() !== "" && !wait && text.length <= LONGEST;
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    const draft = props.draftKey;
    props.onSend({ text: text.trim(), attachments: attached(files.enclosures), onBusy, draft });
    setText("");
    files.clear();
    box.current?.focus();
  };
  const stop = () => {
    props.onStop();
    // The button goes with the answer.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  };
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && busy) props.onStop();
    else if (event.key === "ArrowUp" && text === "") props.onEditLast();
    else if (event.key === "@" && /(^|\s)$/.test(text)) {
      event.preventDefault();
      setNaming(true);
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    files.add(event.clipboardData.files);
  };
  return (
    <form
      onSubmit={send}
      aria-label={t("composer.label")}
      className="rounded-2xl border border-input bg-card shadow-sm focus-within:border-ring focus-within:ring-1 focus-within:ring-ring"
    >
      <EnclosureList enclosures={files.enclosures} onRemove={files.remove} onRetry={files.retry} />
      <textarea
        id={COMPOSER}
        ref={box}
        // biome-ignore lint/a11y/noAutofocus: writing is what this page is for
        autoFocus={matchMedia("(pointer: fine)").matches}
        aria-label={t("composer.message")}
        aria-describedby="composer-told"
        placeholder={t(busy ? "composer.whileBusy" : "composer.placeholder")}
        value={text}
        rows={1}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
        onPaste={onPaste}
        className="field-sizing-content block max-h-[40dvh] min-h-12 w-full resize-none bg-transparent px-4 pt-3.5 pb-1 outline-none placeholder:text-muted-foreground"
      />
      <p
        id="composer-told"
        role="status"
        className="px-4 text-muted-foreground text-xs empty:hidden"
      >
        {wait && `${t(wait === "failed" ? "composer.brokenFiles" : "composer.untilReady")} `}
        {text.length > LONGEST && t("composer.tooLong", { over: text.length - LONGEST })}
      </p>
      <div className="flex items-center gap-1 px-2 pt-1 pb-2">
        <FileButton onFiles={files.add} />
        <IconButton label={t("mention.title")} shortcut="@" onClick={() => setNaming(true)}>
          <AtSign />
        </IconButton>
        <AgentPicker agent={props.agent} onChoose={props.onAgent} short={busy} />
        <span className="flex-1" />
        {busy && <BusyMenu value={onBusy} onChange={setOnBusy} />}
        {busy && (
          <Button
            size="icon"
            variant="outline"
            aria-label={t("composer.stop")}
            title={t("composer.stop")}
            onClick={stop}
          >
            <Square className="fill-current" />
          </Button>
        )}
        <Button
          type="submit"
          size="icon"
          variant="primary"
          aria-label={t("composer.send")}
          aria-disabled={!ready}
          className="rounded-full"
        >
          <ArrowUp />
        </Button>
      </div>
      <MentionDialog open={naming} onOpenChange={setNaming} onChoose={files.mention} box={box} />
    </form>
  );
}

function waits(enclosures: Enclosure[]): "failed" | "sending" | null {
  if (enclosures.some(({ state }) => state === "failed")) return "failed";
  return enclosures.some(({ state }) => state !== "ready") ? "sending" : null;
}
