import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { AnswerText } from "@/chat/markdown/answer-text";
import { Empty } from "@/components/ui/empty";
import { Found, Unknown } from "@/components/ui/found";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Calls } from "./calls";
import { Events } from "./events";
import { Facts } from "./facts";
import { type Inspection, useRunTurn, useRunView, useTurn } from "./model";
import { Passages } from "./passages";
import { TimelineSection } from "./timeline-section";
import { Usage } from "./usage";

export function TurnPage() {
  const { t } = useTranslation("inspector");
  const { id, turnId } = useParams({ from: "/app/c/$id/turns/$turnId" });
  const found = useTurn(id, turnId);
  return (
    <Report title={t("title")} found={found}>
      <Link
        to="/c/$id"
        params={{ id }}
        className="mb-4 inline-flex items-center gap-1.5 text-muted-foreground text-sm hover:text-foreground"
      >
        <ArrowLeft aria-hidden className="size-4" />
        {t("conversation")}
      </Link>
    </Report>
  );
}

export function RunPage() {
  const { t } = useTranslation("inspector");
  const { id } = useParams({ from: "/app/runs/$id" });
  const found = useRunTurn(id);
  const run = useRunView(id, found.data?.turn.outcome != null);
  const answer = run.data?.message?.content;
  return (
    <Report title={t("run")} found={found}>
      {found.data && (
        <div className="mb-6 empty:hidden">
          <Unknown found={run} />
        </div>
      )}
      {answer && (
        <section aria-label={t("answer")} className="mb-6 rounded-xl border p-4">
          <h2 className="mb-2 font-medium text-sm">{t("answer")}</h2>
          <AnswerText text={answer} streaming={false} />
        </section>
      )}
    </Report>
  );
}

type ReportProps = { title: string; found: ReturnType<typeof useTurn>; children: ReactNode };

function Report({ title, found, children }: ReportProps) {
  const { t } = useTranslation("inspector");
  const name = found.data ? t("of", { title, number: found.data.turn.number }) : title;
  return (
    <Page title={name} description={t("description")}>
      {children}
      <Found
        found={found}
        waiting={<SkeletonRows className="h-20" />}
        missing={<Empty icon={SearchX} title={t("gone.title")} text={t("gone.text")} />}
      >
        {(report) => <Sections report={report} />}
      </Found>
    </Page>
  );
}

function Sections({ report }: { report: Inspection }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
      <Facts report={report} />
      <TimelineSection report={report} />
      <Calls report={report} />
      <Usage lines={report.usage} />
      <Passages passages={report.passages} />
      <Events report={report} />
    </div>
  );
}
