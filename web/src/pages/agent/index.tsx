import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Bot } from "lucide-react";
import { useTranslation } from "react-i18next";
import { BackLink } from "@/components/ui/back-link";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { NeedsRole } from "@/components/ui/needs-role";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { isMissing } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { type AgentVersion, useAgent } from "@/pages/agents/model";
import { AGENT_TABS } from "@/pages/searches";
import { AgentActions } from "./actions";
import { Overview } from "./overview";
import { Told } from "./told";
import { TryOut } from "./try-out";
import { Versions } from "./versions";

export function AgentPage() {
  const { t } = useTranslation("agents");
  const { name } = useParams({ from: "/app/agents/$name" });
  const found = useAgent(name);
  const may = useMay("admin");
  const missing = isMissing(found.error);
  return (
    <Page
      title={name}
      description={found.data?.agent.description}
      actions={may && !missing && found.data && <AgentActions version={found.data} />}
    >
      <BackLink to="/agents">{t("title")}</BackLink>
      <Found
        found={found}
        waiting={<SkeletonRows />}
        missing={<Empty icon={Bot} title={t("gone.title", { name })} text={t("gone.text")} />}
      >
        {(version) => <AgentTabs key={name} version={version} />}
      </Found>
    </Page>
  );
}

function AgentTabs({ version }: { version: AgentVersion }) {
  const { t } = useTranslation("agents");
  const { tab = "overview" } = useSearch({ from: "/app/agents/$name" });
  const navigate = useNavigate();
  const { name } = version.agent;
  const choose = (value: string) =>
    void navigate({
      to: "/agents/$name",
      params: { name },
      search: { tab: value as typeof tab },
      replace: true,
    });
  return (
    <Tabs value={tab} onValueChange={choose}>
      {version.archived && (
        <p role="status" className="mb-4 rounded-lg border bg-warning-soft p-3 text-sm">
          {t("archivedText")}
        </p>
      )}
      <TabList aria-label={name}>
        {AGENT_TABS.map((one) => (
          <Tab key={one} value={one}>
            {t(`tabs.${one}`)}
          </Tab>
        ))}
      </TabList>
      <TabPanel value="overview">
        <Overview agent={version.agent} />
      </TabPanel>
      <TabPanel value="instructions">
        <Told agent={version.agent} />
      </TabPanel>
      <TabPanel value="versions">
        <Versions name={name} />
      </TabPanel>
      {/* A run goes on while somebody looks something up beside it. */}
      <TabPanel value="try" forceMount className="data-[state=inactive]:hidden">
        <Trying name={name} archived={version.archived} />
      </TabPanel>
    </Tabs>
  );
}

function Trying({ name, archived }: { name: string; archived: boolean }) {
  if (!useMay("member")) return <NeedsRole needs="member" />;
  return archived ? null : <TryOut name={name} />;
}
