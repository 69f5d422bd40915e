import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { dollars, span, whole } from "@/lib/format";
import type { Agent } from "@/pages/agents/model";
import { seconds } from "./form";

/** What it is, without the forms. */
export function Overview({ agent }: { agent: Agent }) {
  const { t } = useTranslation("agents");
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Block title={t("sections.model")}>
        <Fact name={t("fields.model")}>{agent.model ?? t("deployments")}</Fact>
        <Fact name={t("fields.fallback_model")}>{agent.fallback_model ?? t("deployments")}</Fact>
        <Fact name={t("fields.strategy")}>{t(`choices.${agent.strategy}`)}</Fact>
        <Fact name={t("fields.temperature")}>{agent.temperature ?? t("models")}</Fact>
      </Block>
      <Block title={t("sections.knowledge")}>
        <Fact name={t("fields.retrieves")}>{t(agent.retrieves ? "yes" : "no")}</Fact>
        <Fact name={t("fields.collections")}>
          {agent.collections.length === 0
            ? t("everything")
            : agent.collections.map((name) => (
                <Link key={name} to="/collections" search={{ name }} className="mr-2 underline">
                  {name}
                </Link>
              ))}
        </Fact>
        <Fact name={t("fields.top_k")}>{whole(agent.top_k)}</Fact>
        <Fact name={t("fields.rerank")}>{t(agent.rerank ? "yes" : "no")}</Fact>
      </Block>
      <Block title={t("sections.acting")}>
        <Fact name={t("fields.tools")}>
          <Words words={agent.tools} />
        </Fact>
        <Fact name={t("fields.rules")}>{whole(agent.rules.length)}</Fact>
        <Fact name={t("fields.on_refusal")}>{t(`choices.${agent.on_refusal}`)}</Fact>
        <Fact name={t("fields.on_contamination")}>{t(`choices.${agent.on_contamination}`)}</Fact>
      </Block>
      <Block title={t("sections.limits")}>
        <Fact name={t("fields.iteration_limit")}>{whole(agent.iteration_limit)}</Fact>
        <Fact name={t("fields.tool_call_limit")}>{whole(agent.tool_call_limit)}</Fact>
        <Fact name={t("fields.token_budget")}>{whole(agent.token_budget)}</Fact>
        <Fact name={t("fields.cost_budget")}>{dollars(agent.cost_budget)}</Fact>
        <Fact name={t("fields.deadline")}>{span(seconds(agent.deadline) * 1_000)}</Fact>
      </Block>
      {agent.pattern !== "single" && (
        <Block title={t("sections.team")}>
          <Fact name={t("fields.pattern")}>{t(`choices.${agent.pattern}`)}</Fact>
          <Fact name={t("fields.members")}>
            {agent.members.map((name) => (
              <Link key={name} to="/agents/$name" params={{ name }} className="mr-2 underline">
                {name}
              </Link>
            ))}
          </Fact>
        </Block>
      )}
    </div>
  );
}

function Words({ words }: { words: string[] }) {
  if (words.length === 0) return "–";
  return (
    <span className="flex flex-wrap gap-1">
      {words.map((word) => (
        <Badge key={word} className="font-mono">
          {word}
        </Badge>
      ))}
    </span>
  );
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card aria-label={title}>
      <CardHeader>
        <h2 className="font-medium text-sm">{title}</h2>
      </CardHeader>
      <CardBody>
        <dl className="grid grid-cols-[minmax(0,11rem)_minmax(0,1fr)] max-sm:grid-cols-2 gap-x-4 gap-y-2 text-sm">
          {children}
        </dl>
      </CardBody>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="wrap-anywhere min-w-0">{children}</dd>
    </>
  );
}
