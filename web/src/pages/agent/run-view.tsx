import { Link } from "@tanstack/react-router";
import { BookOpen, Brain, Hand, type LucideIcon, Users, Wrench } from "lucide-react";
import { useTranslation } from "react-i18next";
import { AnswerText } from "@/chat/markdown/answer-text";
import { Badge } from "@/components/ui/badge";
import { Spinner } from "@/components/ui/spinner";
import { dollars, span, whole } from "@/lib/format";
import type { Bar, Lane } from "@/pages/inspector/timeline";
import type { Run } from "./run";
import { answerOf, stepsOf } from "./trial";

const ICONS: Record<Lane, LucideIcon> = {
  retrieval: BookOpen,
  model: Brain,
  tool: Wrench,
  wait: Hand,
  member: Users,
};

/** What it did, step by step, and what it says. */
export function RunView({ run }: { run: Run }) {
  const { t } = useTranslation("agents");
  const { trial } = run;
  const { bars } = stepsOf(trial, Date.now());
  const answer = answerOf(trial);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-5">
      <section aria-label={t("try.steps")}>
        <h2 className="mb-2 font-medium text-sm">{t("try.steps")}</h2>
        <ol className="grid gap-1.5">
          {bars.map((bar) => (
            <StepRow key={bar.key} bar={bar} />
          ))}
        </ol>
      </section>
      <section aria-label={t("try.answer")} aria-busy={run.running}>
        <h2 className="mb-2 font-medium text-sm">{t("try.answer")}</h2>
        {answer ? (
          <AnswerText text={answer} streaming={run.running} />
        ) : (
          <p className="text-muted-foreground text-sm">
            {t(trial.ended ? "try.silent" : "try.nothing")}
          </p>
        )}
      </section>
      {trial.ended && (
        <p className="text-muted-foreground text-sm" role="status">
          {t("try.outcome", { outcome: trial.ended.outcome })}
          {" · "}
          {t("try.usage", {
            tokens: whole(trial.inputTokens + trial.outputTokens),
            cost: dollars(trial.cost),
          })}
          {trial.ended.detail && ` · ${trial.ended.detail}`}
        </p>
      )}
    </div>
  );
}

function StepRow({ bar }: { bar: Bar }) {
  const { t } = useTranslation("agents");
  const Icon = ICONS[bar.lane];
  const waiting = bar.lane === "wait" && bar.state === "running";
  return (
    <li className="flex flex-wrap items-center gap-2 rounded-md border px-3 py-2 text-sm">
      <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
      <span className="min-w-0 flex-1">{t(`try.kinds.${bar.lane}`, { name: bar.name })}</span>
      {bar.state === "failed" && (
        <Badge tone="danger">{bar.outcome ?? t("try.states.failed")}</Badge>
      )}
      {waiting && (
        <Link
          to="/inbox"
          search={{ approval: bar.key.slice("wait:".length) }}
          className="text-primary underline"
        >
          {t("try.inbox")}
        </Link>
      )}
      {bar.state === "running" ? (
        <Spinner />
      ) : (
        <span className="text-muted-foreground text-xs tabular-nums">
          {span(bar.end - bar.start)}
        </span>
      )}
    </li>
  );
}
