import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useRollback } from "@/pages/agents/model";

type Props = { name: string; version: number };

/** Makes the next version say what that one said. */
export function RollbackButton({ name, version }: Props) {
  const { t } = useTranslation("agents");
  const [open, setOpen] = useState(false);
  const back = useRollback(name);
  const note = t("rollback.note", { version });
  const go = () =>
    back.mutate(
      { version, note },
      {
        onSuccess: () => toast.success(t("rollback.done", { version })),
        onError: (error) => toast.error(reasonOf(error)),
      },
    );
  return (
    <>
      <Button size="sm" variant="outline" disabled={back.isPending} onClick={() => setOpen(true)}>
        <RotateCcw aria-hidden />
        {t("rollback.action")}
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("rollback.title", { version })}
        description={t("rollback.text")}
        action={t("rollback.action")}
        onConfirm={go}
      />
    </>
  );
}
