import { useNavigate } from "@tanstack/react-router";
import { Bot, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Found } from "@/components/ui/found";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { useMay } from "@/lib/session";
import { AgentDialog } from "@/pages/agent/edit";
import { AgentCard } from "./card";
import { useAgents } from "./model";

export function AgentsPage() {
  const { t } = useTranslation("agents");
  const found = useAgents();
  const may = useMay("admin");
  return (
    <Page title={t("title")} description={t("description")} actions={may && <Creation />}>
      <Found found={found} waiting={<SkeletonRows className="h-24" />}>
        {(agents) =>
          agents.length === 0 ? (
            <Empty icon={Bot} title={t("none.title")} text={t("none.text")} />
          ) : (
            <ul className="grid gap-3 md:grid-cols-2">
              {agents.map((agent) => (
                <AgentCard key={agent.name} agent={agent} />
              ))}
            </ul>
          )
        }
      </Found>
    </Page>
  );
}

function Creation() {
  const { t } = useTranslation("agents");
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <Button variant="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden />
        {t("new")}
      </Button>
      <AgentDialog
        open={open}
        onOpenChange={setOpen}
        onSaved={(name) => void navigate({ to: "/agents/$name", params: { name } })}
      />
    </>
  );
}
