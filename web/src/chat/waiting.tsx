import { CircleAlert, Clock, RotateCcw, WifiOff, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { IconButton } from "@/components/ui/icon-button";
import { Spinner } from "@/components/ui/spinner";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { useHere } from "./context";
import { Attached } from "./question";
import type { Pending } from "./state/history";

/** A message that is not in the conversation yet, and why. */
export function Waiting({ one }: { one: Pending }) {
  const { t } = useTranslation("chat");
  const { conversation, may } = useHere();
  const admin = useMay("admin");
  const refused = one.state === "refused";
  const removable = one.state === "queued" && one.removable && may && (!one.theirs || admin);
  const [cancelling, setCancelling] = useState(false);
  const cancel = () => {
    setCancelling(true);
    void conversation.line
      .takeBack(one.id)
      .catch((error: Error) => toast.error(reasonOf(error)))
      .finally(() => setCancelling(false));
  };
  return (
    <article
      aria-label={t(one.theirs ? "pending.theirs" : "question.label")}
      data-testid="pending"
      data-state={one.state}
      className="flex flex-col items-end py-3"
    >
      <Attached documents={one.message.metadata?.attachments ?? []} />
      <div className="max-w-[85%] whitespace-pre-wrap break-words rounded-2xl rounded-br-md border border-dashed bg-bubble/60 px-4 py-2.5">
        {one.text}
      </div>
      <p
        role="status"
        className="mt-1 flex min-h-7 items-center gap-1.5 text-muted-foreground text-xs [&_svg]:size-3.5"
      >
        {one.state === "sending" && <Spinner />}
        {one.state === "waiting" && <WifiOff aria-hidden />}
        {one.state === "queued" && <Clock aria-hidden />}
        {refused && <CircleAlert aria-hidden className="text-destructive" />}
        <span>
          {one.theirs && `${t("pending.theirs")}: `}
          {told(one, t)}
        </span>
        {(refused || one.state === "waiting") && (
          <IconButton
            size="icon-sm"
            label={t("pending.discard")}
            onClick={() => conversation.forget(one.id)}
          >
            <X />
          </IconButton>
        )}
        {removable && (
          <Button size="sm" variant="ghost" onClick={cancel} disabled={cancelling}>
            <X aria-hidden />
            {t("pending.cancel")}
          </Button>
        )}
        {refused && (
          <Button size="sm" variant="ghost" onClick={() => void conversation.again(one.id)}>
            <RotateCcw aria-hidden />
            {t("retry", { ns: "shell" })}
          </Button>
        )}
      </p>
    </article>
  );
}

type Translate = ReturnType<typeof useTranslation<"chat">>["t"];

function told(one: Pending, t: Translate): string {
  if (one.state === "refused") return one.error?.message ?? t("pending.refused");
  if (one.state === "queued" && one.position) return t("pending.place", { count: one.position });
  return t(`pending.${one.state}`);
}
