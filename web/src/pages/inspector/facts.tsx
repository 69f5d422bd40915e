import { Link } from "@tanstack/react-router";
import { ExternalLink } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { dollars, moment, span, whole } from "@/lib/format";
import { useWho } from "@/lib/who";
import type { Inspection } from "./model";

function toneOf(outcome: string | null): Tone {
  if (outcome === null) return "info";
  if (outcome === "completed") return "success";
  return outcome === "failed" ? "danger" : "warning";
}

/** The turn in figures. */
export function Facts({ report }: { report: Inspection }) {
  const { t } = useTranslation("inspector");
  const who = useWho();
  const { turn, usage, temporal_url } = report;
  const { input_tokens, output_tokens, cached_tokens, cost_usd } = turn.usage;
  const first = usage.find((line) => line.first_token_ms !== null)?.first_token_ms;
  const lasted = turn.ended_at && Date.parse(turn.ended_at) - Date.parse(turn.started_at);
  return (
    <div>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Badge tone={toneOf(turn.outcome)}>{t(`outcomes.${turn.outcome ?? "running"}`)}</Badge>
        <Link to="/agents/$name" params={{ name: turn.agent }} className="text-sm underline">
          {t("agent", { name: turn.agent, version: turn.agent_version })}
        </Link>
        {temporal_url && /^https?:/.test(temporal_url) && (
          <Button variant="outline" size="sm" asChild>
            <a href={temporal_url} target="_blank" rel="noreferrer">
              <ExternalLink aria-hidden />
              {t("temporal")}
            </a>
          </Button>
        )}
      </div>
      {turn.error && (
        <p className="mb-4 rounded-lg bg-danger-soft p-3 text-sm">
          {turn.error.detail} <span className="font-mono text-xs">{turn.error.code}</span>
        </p>
      )}
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Figure name={t("figures.lasted")}>{lasted ? span(lasted) : "…"}</Figure>
        <Figure name={t("figures.first")}>{first == null ? "–" : span(first)}</Figure>
        <Figure
          name={t("figures.tokens")}
          note={
            cached_tokens > 0 ? t("figures.cached", { figure: whole(cached_tokens) }) : undefined
          }
        >
          {t("figures.inOut", { input: whole(input_tokens), output: whole(output_tokens) })}
        </Figure>
        <Figure name={t("figures.cost")}>{dollars(cost_usd)}</Figure>
      </dl>
      <p className="mt-3 break-all text-muted-foreground text-xs">
        {t("begun", { when: moment(turn.started_at), who: who(turn.user_id) })}
        {" · "}
        {t("request", { id: report.request_id })}
      </p>
    </div>
  );
}

function Figure({ name, note, children }: { name: string; note?: string; children: ReactNode }) {
  return (
    <div className="rounded-xl border p-3">
      <dt className="text-muted-foreground text-xs">{name}</dt>
      <dd className="mt-0.5 font-semibold tabular-nums">{children}</dd>
      {note && <dd className="text-muted-foreground text-xs">{note}</dd>}
    </div>
  );
}
