import { useTranslation } from "react-i18next";
import { AnswerText } from "@/chat/markdown/answer-text";
import type { SharedMessage } from "./model";

export function SharedTurn({ message }: { message: SharedMessage }) {
  const { t } = useTranslation("share");
  if (message.role === "user") {
    return (
      <li className="justify-self-end rounded-2xl bg-bubble px-4 py-2.5 sm:max-w-[85%]">
        <h2 className="sr-only">{t("user")}</h2>
        <p className="whitespace-pre-wrap break-words">{message.content}</p>
      </li>
    );
  }
  return (
    <li className="min-w-0">
      <h2 className="sr-only">{t("assistant")}</h2>
      <AnswerText text={message.content} streaming={false} />
      <Sources message={message} />
    </li>
  );
}

/** Titles alone: what they say stays with those who may read them. */
function Sources({ message: { sources } }: { message: SharedMessage }) {
  const { t } = useTranslation("share");
  if (sources.length === 0) return null;
  return (
    <section className="mt-3 text-sm" aria-label={t("sources")}>
      <ul className="flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs">
        {sources.map(({ mark, title, page }) => (
          <li key={mark}>
            {`[${mark}] `}
            {title}
            {page !== null && `, ${t("page", { page })}`}
          </li>
        ))}
      </ul>
    </section>
  );
}
