import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/components/ui/toast";
import { type Agent, useChangeAgent, useCreateAgent } from "@/pages/agents/model";
import { changed, type Values } from "./form";

/** Saves what differs: as the next version, or as a new agent where none is named. */
export function useSaving(
  agent: string | undefined,
  before: Values,
  onSaved: (name: string) => void,
) {
  const { t } = useTranslation("agents");
  const change = useChangeAgent(agent ?? "");
  const create = useCreateAgent();
  const [broken, setBroken] = useState<SyntaxError | null>(null);
  const save = (values: Values, name: string, note: string, expected?: number) => {
    const onSuccess = (made: { agent: Agent }) => {
      toast.success(t("edit.saved", { version: made.agent.version }));
      onSaved(made.agent.name);
    };
    try {
      setBroken(null);
      const fields = changed(values, before);
      if (agent) change.mutate({ ...fields, note, expected }, { onSuccess });
      else create.mutate({ ...fields, name, note }, { onSuccess });
    } catch (error) {
      setBroken(error as SyntaxError);
    }
  };
  const saving = agent ? change : create;
  return { save, error: broken ?? saving.error, isPending: saving.isPending };
}
