import { useTranslation } from "react-i18next";

const IDEAS = ["documents", "compare", "draft"] as const;

/** Before the first word. */
export function Welcome({ onIdea }: { onIdea: (text: string) => void }) {
  const { t } = useTranslation("chat");
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pb-6 sm:px-6">
      <h1 className="font-semibold text-2xl tracking-tight sm:text-3xl">{t("welcome.title")}</h1>
      <p className="mt-2 max-w-prose text-muted-foreground">{t("welcome.text")}</p>
      <ul className="mt-6 grid gap-2 sm:grid-cols-3">
        {IDEAS.map((idea) => (
          <li key={idea}>
            <button
              type="button"
              onClick={() => onIdea(t(`welcome.ideas.${idea}`))}
              className="h-full w-full rounded-xl border bg-card p-3.5 text-left text-sm hover:bg-accent"
            >
              {t(`welcome.ideas.${idea}`)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
