import { useNavigate } from "@tanstack/react-router";
import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast";
import { reasonOf } from "@/lib/reason";
import { useSession, useSignOut, useSpace } from "@/lib/session";
import { Panel } from "./panel";

export function Account() {
  const { t } = useTranslation("settings");
  const { user } = useSession();
  const space = useSpace();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const text =
    user &&
    space &&
    t("account.text", {
      name: user.name || user.id,
      role: t(`account.roles.${space.role}`),
      space: space.name || space.id,
    });
  return (
    <Panel
      title={t("account.title")}
      text={text || undefined}
      action={
        <Button
          variant="outline"
          disabled={signOut.isPending}
          onClick={() =>
            signOut.mutate(undefined, {
              onSuccess: () => void navigate({ to: "/sign-in" }),
              onError: (error) => toast.error(reasonOf(error)),
            })
          }
        >
          <LogOut aria-hidden />
          {t("account.signOut")}
        </Button>
      }
    />
  );
}
