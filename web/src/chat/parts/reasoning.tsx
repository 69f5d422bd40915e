import { Lightbulb } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Spinner } from "@/components/ui/spinner";
import { AnswerText } from "../markdown/answer-text";
import { Disclosure } from "./disclosure";

/** What a model thought on the way: while it does one may watch, and afterwards look again. */
export function Reasoning({ text, streaming }: { text: string; streaming: boolean }) {
  const { t } = useTranslation("chat");
  return (
    <Disclosure
      icon={streaming ? <Spinner /> : <Lightbulb />}
      label={t(streaming ? "reasoning.now" : "reasoning.done")}
      testId="reasoning"
    >
      <div className="text-muted-foreground">
        <AnswerText text={text} streaming={streaming} />
      </div>
    </Disclosure>
  );
}
