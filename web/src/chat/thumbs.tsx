import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/ui/icon-button";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useHere } from "./context";
import { FeedbackDialog } from "./feedback-dialog";
import type { Feedback, Message } from "./state/message";
import { rate } from "./state/requests";

export function Thumbs({ message, answerId }: { message: Message; answerId: string }) {
  const { t } = useTranslation("chat");
  const { conversation } = useHere();
  const [given, setGiven] = useState<Feedback | null>(message.metadata?.feedback?.own ?? null);
  const [asking, setAsking] = useState(false);
  const give = (feedback: Feedback | null) => {
    const before = given;
    setGiven(feedback);
    rate(conversation.id, answerId, feedback).catch((error: Error) => {
      setGiven(before);
      toast.error(reasonOf(error));
    });
  };
  const up = given?.rating === "up";
  const down = given?.rating === "down";
  return (
    <>
      <IconButton
        size="icon-sm"
        label={t("feedback.up")}
        aria-pressed={up}
        onClick={() => give(up ? null : { rating: "up" })}
      >
        <ThumbsUp className={up ? "fill-current" : undefined} />
      </IconButton>
      <IconButton
        size="icon-sm"
        label={t("feedback.down")}
        aria-pressed={down}
        onClick={() => (down ? give(null) : setAsking(true))}
      >
        <ThumbsDown className={down ? "fill-current" : undefined} />
      </IconButton>
      <FeedbackDialog open={asking} onOpenChange={setAsking} onGive={give} />
    </>
  );
}
