import { Link } from "@tanstack/react-router";
import { CircleCheck, Link2Off } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/problem";
import { useLink, useOffered } from "./model";
import { tokenOf } from "./token";

/** Where a message of our Slack app leads: is that account yours? */
export function SlackPage() {
  const { t } = useTranslation("settings");
  const [token] = useState(() => tokenOf(location));
  return (
    <Page title={t("link.title")} description={t("link.description")}>
      {token ? (
        <Confirmation token={token} />
      ) : (
        <Empty icon={Link2Off} title={t("link.missing")} text={t("link.missingText")} />
      )}
    </Page>
  );
}

const STALE = new Set(["link_invalid", "slack_link_invalid", "state_invalid"]);
const isStale = (error: unknown) => error instanceof ApiError && STALE.has(error.code);

function Confirmation({ token }: { token: string }) {
  const { t } = useTranslation("settings");
  const offered = useOffered(token);
  const link = useLink();
  if (link.isSuccess) return <Done />;
  const error = link.error ?? offered.error;
  if (isStale(error)) {
    return <Empty icon={Link2Off} title={t("link.stale")} text={t("link.staleText")} />;
  }
  if (offered.isPending) return <SkeletonRows rows={2} />;
  if (!offered.data) return <Failure error={error} onRetry={() => void offered.refetch()} />;
  const { name, slack_user_id, team_id } = offered.data;
  return (
    <section className="grid max-w-lg gap-4 rounded-xl border p-5" aria-label={t("link.ask")}>
      <h2 className="font-semibold">{t("link.ask")}</h2>
      <p className="text-lg">{t("link.who", { name: name || slack_user_id, team: team_id })}</p>
      <p className="text-muted-foreground text-sm">{t("link.careful")}</p>
      {link.error && <Failure error={link.error} />}
      <Button
        variant="primary"
        className="justify-self-start"
        disabled={link.isPending}
        onClick={() => link.mutate(token)}
      >
        {t("link.yes")}
      </Button>
    </section>
  );
}

function Done() {
  const { t } = useTranslation("settings");
  return (
    <Empty icon={CircleCheck} title={t("link.done")} text={t("link.doneText")}>
      <Button variant="outline" asChild>
        <Link to="/inbox">{t("link.inbox")}</Link>
      </Button>
    </Empty>
  );
}
