import { useNavigate } from "@tanstack/react-router";
import { Archive, Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { IconButton } from "@/components/ui/icon-button";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { type AgentVersion, useArchiveAgent } from "@/pages/agents/model";
import { AgentDialog } from "./edit";

/** An archived one is brought back first, under its versions. */
export function AgentActions({ version: { agent, archived } }: { version: AgentVersion }) {
  const { t } = useTranslation("agents");
  const [editing, setEditing] = useState(false);
  if (archived) return null;
  return (
    <>
      <Archiving name={agent.name} />
      <Button variant="primary" onClick={() => setEditing(true)}>
        <Pencil aria-hidden />
        {t("edit.action")}
      </Button>
      <AgentDialog open={editing} onOpenChange={setEditing} agent={agent} />
    </>
  );
}

function Archiving({ name }: { name: string }) {
  const { t } = useTranslation("agents");
  const [open, setOpen] = useState(false);
  const archive = useArchiveAgent(name);
  const navigate = useNavigate();
  const done = () => {
    toast.success(t("archive.done", { name }));
    void navigate({ to: "/agents" });
  };
  return (
    <>
      <IconButton label={t("archive.action")} variant="outline" onClick={() => setOpen(true)}>
        <Archive />
      </IconButton>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("archive.title", { name })}
        description={t("archive.text")}
        action={t("archive.action")}
        onConfirm={() =>
          archive.mutate(undefined, {
            onSuccess: done,
            onError: (error) => toast.error(reasonOf(error)),
          })
        }
      />
    </>
  );
}
