import { Info, Search, ShieldAlert, Shuffle } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { DataParts } from "../state/message";

const NOTICES = ["input.flagged", "contamination", "withdrawn", "redacted"] as const;

export function Notice({ notice }: { notice: DataParts["notice"] }) {
  const { t } = useTranslation("chat");
  const kind = NOTICES.find((known) => known === notice.kind);
  if (!kind) return null;
  const why = notice.reason ?? notice.reasons?.join(", ") ?? "";
  const Icon = kind === "withdrawn" || kind === "redacted" ? Info : ShieldAlert;
  return (
    <p className="my-2 flex items-start gap-2 rounded-lg bg-warning-soft px-3 py-2 text-sm">
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <span>
        {t(`notice.${kind === "input.flagged" ? "flagged" : kind}`)}
        {why && <span className="text-muted-foreground"> {why}</span>}
      </span>
    </p>
  );
}

/** Characters of a query that are worth a line. */
const SHORT = 60;

export function Retrieval({ found }: { found: DataParts["retrieval"] }) {
  const { t } = useTranslation("chat");
  if (found.passages === undefined) {
    return <Step icon={<Search aria-hidden />} text={t("retrieval.now")} />;
  }
  if (found.error) {
    const what = found.error.startsWith("url_") ? "retrieval.page" : "retrieval.failed";
    return <Step icon={<Search aria-hidden />} text={t(what)} />;
  }
  if (found.passages === 0) return null;
  const said = t("retrieval.found", { count: found.passages });
  const query = found.query && found.query.length <= SHORT ? ` · ${found.query}` : "";
  return <Step icon={<Search aria-hidden />} text={`${said}${query}`} />;
}

export function AgentChoice({ chosen }: { chosen: DataParts["agent"] }) {
  const { t } = useTranslation("chat");
  const text = t("agent.chosen", { agent: chosen.agent });
  return (
    <Step icon={<Shuffle aria-hidden />} text={[text, chosen.reason].filter(Boolean).join(" ")} />
  );
}

function Step({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <p className="my-1.5 flex items-center gap-2 text-muted-foreground text-sm [&_svg]:size-4 [&_svg]:shrink-0">
      {icon}
      <span className="truncate" title={text}>
        {text}
      </span>
    </p>
  );
}
