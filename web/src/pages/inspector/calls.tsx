import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ArgumentTable } from "@/approvals/arguments";
import { Badge, type Tone } from "@/components/ui/badge";
import { span } from "@/lib/format";
import type { Call, Inspection } from "./model";
import { Section } from "./section";

const TONES: Partial<Record<Call["status"], Tone>> = {
  completed: "success",
  running: "info",
  pending: "warning",
  revised: "warning",
};

/** What it asked tools for, whether it might, and what came of it. */
export function Calls({ report }: { report: Inspection }) {
  const { t } = useTranslation("inspector");
  if (report.calls.length === 0) return null;
  return (
    <Section title={t("calls.title")}>
      <ul className="grid gap-2">
        {report.calls.map((call) => (
          <CallCard key={call.call_id} call={call} />
        ))}
      </ul>
    </Section>
  );
}

function CallCard({ call }: { call: Call }) {
  const { t } = useTranslation("inspector");
  const { name, step, status, ruling, started_at, ended_at } = call;
  const took = started_at && ended_at ? Date.parse(ended_at) - Date.parse(started_at) : null;
  return (
    <li>
      <details className="rounded-lg border">
        <summary className="flex flex-wrap items-center gap-2 px-4 py-3 text-sm">
          <span className="font-mono">{name}</span>
          <span className="text-muted-foreground text-xs">{t("calls.step", { step })}</span>
          <Badge tone={TONES[status] ?? "danger"}>{t(`calls.statuses.${status}`)}</Badge>
          {ruling && <Badge>{t("calls.ruling", { ruling })}</Badge>}
          {took !== null && (
            <span className="ml-auto text-muted-foreground text-xs tabular-nums">{span(took)}</span>
          )}
        </summary>
        <div className="grid gap-3 border-t p-4">
          {call.arguments ? (
            <ArgumentTable values={call.arguments} />
          ) : (
            <Words title={t("calls.raw")} text={call.raw_arguments} />
          )}
          {call.result && <Words title={t("calls.result")} text={call.result} />}
          <Links call={call} />
        </div>
      </details>
    </li>
  );
}

function Words({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <h3 className="mb-1 text-muted-foreground text-xs">{title}</h3>
      <p className="whitespace-pre-wrap break-words rounded-md bg-muted p-3 font-mono text-xs">
        {text}
      </p>
    </div>
  );
}

function Links({ call: { approval_id, run_id } }: { call: Call }) {
  const { t } = useTranslation("inspector");
  if (!approval_id && !run_id) return null;
  return (
    <p className="flex flex-wrap gap-4 text-sm">
      {approval_id && (
        <Link to="/inbox" search={{ approval: approval_id }} className="text-primary underline">
          {t("calls.approval")}
        </Link>
      )}
      {run_id && (
        <Link to="/runs/$id" params={{ id: run_id }} className="text-primary underline">
          {t("calls.run")}
        </Link>
      )}
    </p>
  );
}
