import { type RefObject, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { giveFocus } from "@/components/ui/return-focus";
import { type Conversation, useChange } from "./api";

/** What ends it: the keyboard goes back to the menu that it came from. */
export function useRenamed(
  button: RefObject<HTMLButtonElement | null>,
  setRenaming: (renaming: boolean) => void,
): (back: boolean) => void {
  return (back) => {
    flushSync(() => setRenaming(false));
    if (back) giveFocus(button.current);
  };
}

export function Rename({
  conversation,
  onDone,
}: {
  conversation: Conversation;
  /** `back`: by a key, so that the keyboard has nowhere to be. */
  onDone: (back: boolean) => void;
}) {
  const { t } = useTranslation();
  const change = useChange();
  const [title, setTitle] = useState(conversation.title ?? "");
  const keep = (back: boolean) => {
    const said = title.trim();
    if (said && said !== conversation.title) {
      change.mutate({ id: conversation.id, change: { title: said } });
    }
    onDone(back);
  };
  return (
    <div>
      <input
        // biome-ignore lint/a11y/noAutofocus: it takes the place of what was just chosen
        autoFocus
        aria-label={t("list.newTitle")}
        value={title}
        maxLength={200}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setTitle(event.target.value)}
        onBlur={() => keep(false)}
        onKeyDown={(event) => {
          if (event.key === "Enter") keep(true);
          if (event.key === "Escape") onDone(true);
        }}
        className="w-full rounded-md border border-ring bg-card px-2 py-1.5 text-sm"
      />
    </div>
  );
}
