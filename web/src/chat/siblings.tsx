import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/ui/icon-button";
import { giveFocus } from "@/components/ui/return-focus";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useHere } from "./context";
import type { Leaf } from "./state/requests";

type Props = { ids: string[]; current: string; label: string; leafOf: (id: string) => Leaf };

/** Who walks on by keyboard finds the next version's button under it: the one before is gone. */
let walking: { among: string | undefined; forth: boolean } | null = null;

/** ‹ 2/3 ›: other versions of a question, other answers to it. */
export function Siblings({ ids, current, label, leafOf }: Props) {
  const { t } = useTranslation("chat");
  const { conversation, busy, may } = useHere();
  const place = ids.indexOf(current);
  const group = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (walking === null || walking.among !== ids[0] || !group.current) return;
    const [back, forth] = group.current.querySelectorAll("button:not(:disabled)");
    giveFocus((walking.forth ? (forth ?? back) : back) ?? null);
    walking = null;
  }, [ids]);
  if (ids.length < 2 || place < 0) return null;
  const go = (id: string | undefined, forth: boolean) => {
    walking = { among: ids[0], forth };
    if (id) conversation.move(leafOf(id)).catch((error: Error) => toast.error(reasonOf(error)));
  };
  const [before, after] = [ids[place - 1], ids[place + 1]];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={group}
      role="group"
      aria-label={label}
      className="flex items-center text-muted-foreground"
    >
      <IconButton
        size="icon-sm"
        label={t("siblings.before")}
        disabled={!before || busy || !may}
        onClick={() => go(before, false)}
      >
        <ChevronLeft />
      </IconButton>
      <span data-testid="siblings" className="text-xs tabular-nums">
        {`${place + 1}/${ids.length}`}
      </span>
      <IconButton
        size="icon-sm"
        label={t("siblings.after")}
        disabled={!after || busy || !may}
        onClick={() => go(after, true)}
      >
        <ChevronRight />
      </IconButton>
    </div>
  );
}
