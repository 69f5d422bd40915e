import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { type AgentSummary, AUTO } from "./model";

export function AgentCard({ agent }: { agent: AgentSummary }) {
  const { t } = useTranslation("agents");
  const { name, description, tools, members, pattern, version } = agent;
  const isAuto = name === AUTO;
  return (
    <li className="wrap-anywhere relative flex min-w-0 flex-col rounded-xl border bg-card p-4 hover:border-input">
      <h2 className="flex flex-wrap items-center gap-x-2 font-semibold">
        {isAuto ? (
          name
        ) : (
          <Link to="/agents/$name" params={{ name }} className="after:absolute after:inset-0">
            {name}
          </Link>
        )}
        {!isAuto && (
          <span className="font-normal text-muted-foreground text-xs">
            {t("version", { version })}
          </span>
        )}
      </h2>
      <p className="mt-1 mb-3 flex-1 text-muted-foreground text-sm">
        {description || t("undescribed")}
      </p>
      <div className="flex flex-wrap gap-1.5">
        {pattern !== "single" && <Badge tone="info">{t(`patterns.${pattern}`)}</Badge>}
        {members.length > 0 && <Badge>{t("members", { count: members.length })}</Badge>}
        {tools.length > 0 && <Badge>{t("tools", { count: tools.length })}</Badge>}
        {agent.retrieves && <Badge>{t("retrieves")}</Badge>}
      </div>
    </li>
  );
}
