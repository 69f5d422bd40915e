import { useTranslation } from "react-i18next";
import { NeedsRole } from "@/components/ui/needs-role";
import { Page } from "@/components/ui/page";
import { useMay } from "@/lib/session";
import { Account } from "./account";
import { ApiKeys } from "./api-keys";
import { Appearance } from "./appearance";
import { Origins } from "./origins";
import { SpaceProfile } from "./profile";
import { SlackSettings } from "./slack";

export function SettingsPage() {
  const { t } = useTranslation("settings");
  const admin = useMay("admin");
  return (
    <Page title={t("title")} description={t("description")}>
      <div className="grid max-w-3xl gap-6">
        <Account />
        <Appearance />
        <SpaceProfile />
        <SlackSettings />
        {admin ? (
          <>
            <ApiKeys />
            <Origins />
          </>
        ) : (
          <section aria-label={t("keys.title")}>
            <h2 className="mb-1 font-semibold">{t("keys.title")}</h2>
            <NeedsRole needs="admin" />
          </section>
        )}
      </div>
    </Page>
  );
}
