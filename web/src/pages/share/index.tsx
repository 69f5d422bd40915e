import { useParams } from "@tanstack/react-router";
import { Link2Off } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { More } from "@/components/ui/more";
import { SkeletonRows } from "@/components/ui/skeleton";
import { day } from "@/lib/format";
import { SharedTurn } from "./message";
import { type Refusal, refusalOf, useShared } from "./model";

/** A stretch of a conversation, for whoever has the link: to read, and nothing else. */
export function SharePage() {
  const { t } = useTranslation("share");
  const { token } = useParams({ from: "/s/$token" });
  const found = useShared(token);
  const first = found.data?.pages[0];
  useTitle(first?.title ?? t("title"));
  const refusal = found.error && refusalOf(found.error);
  return (
    <div className="h-full overflow-y-auto">
      <main className="mx-auto w-full max-w-3xl px-4 py-8 sm:px-6">
        {found.isPending && <SkeletonRows className="h-20" />}
        {refusal && !first && <Refused refusal={refusal} />}
        {found.error && !refusal && !first && (
          <Failure error={found.error} onRetry={() => void found.refetch()} />
        )}
        {first && (
          <>
            <header className="mb-8 border-b pb-5">
              <h1 className="font-semibold text-2xl tracking-tight">
                {first.title ?? t("untitled")}
              </h1>
              <p className="mt-1 text-muted-foreground text-sm">
                {t("read", { when: day(first.created_at), until: day(first.expires_at) })}
              </p>
            </header>
            <Messages found={found} />
          </>
        )}
        <footer className="mt-10 border-t pt-4 text-muted-foreground text-xs">{t("made")}</footer>
      </main>
    </div>
  );
}

function Messages({ found }: { found: ReturnType<typeof useShared> }) {
  const { t } = useTranslation("share");
  const messages = found.data?.pages.flatMap((page) => page.messages) ?? [];
  if (messages.length === 0) return <p className="text-muted-foreground">{t("none")}</p>;
  return (
    <>
      <ol className="grid gap-8">
        {messages.map((message, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a snapshot, whose messages have no ids
          <SharedTurn key={index} message={message} />
        ))}
      </ol>
      <div className="mt-8 empty:hidden">
        <More found={found} />
      </div>
    </>
  );
}

function Refused({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation("share");
  return (
    <>
      <h1 className="sr-only">{t("title")}</h1>
      <Empty icon={Link2Off} title={t(`${refusal}.title`)} text={t(`${refusal}.text`)} />
    </>
  );
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
