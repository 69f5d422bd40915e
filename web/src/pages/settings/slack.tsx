import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Found } from "@/components/ui/found";
import { Input } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { ApiError } from "@/lib/problem";
import { reasonOf } from "@/lib/reason";
import { useMay } from "@/lib/session";
import { useChooseChannel, useInstall, useSlack, useUnlink } from "@/pages/slack/model";
import { Panel } from "./panel";

export function SlackSettings() {
  const { t } = useTranslation("settings");
  const found = useSlack();
  const absent = found.error instanceof ApiError && found.error.code === "slack_not_configured";
  return (
    <Panel title={t("slack.title")} text={t("slack.text")}>
      {absent ? (
        <p className="text-sm">{t("slack.absent")}</p>
      ) : (
        <Found found={found} waiting={<SkeletonRows rows={1} />}>
          {(slack) => <Standing slack={slack} />}
        </Found>
      )}
    </Panel>
  );
}

type Slack = NonNullable<ReturnType<typeof useSlack>["data"]>;

function Standing({ slack }: { slack: Slack }) {
  const { t } = useTranslation("settings");
  const admin = useMay("admin");
  if (!slack.installed) {
    return (
      <>
        <p className="text-sm">{t("slack.not")}</p>
        {admin && <Installing />}
      </>
    );
  }
  const channel = slack.channel_name ? `#${slack.channel_name}` : slack.channel;
  return (
    <>
      <p className="text-sm">
        {t("slack.installed", {
          team: slack.team || slack.team_id,
          channel: channel || t("slack.noChannel"),
        })}
      </p>
      <p className="text-sm">{t(slack.linked ? "slack.linked" : "slack.unlinked")}</p>
      {slack.linked && <Unlinking />}
      {admin && <ChannelForm />}
    </>
  );
}

function Installing() {
  const { t } = useTranslation("settings");
  const install = useInstall();
  return (
    <Button
      className="justify-self-start"
      disabled={install.isPending}
      onClick={() =>
        install.mutate(undefined, {
          onSuccess: ({ url }) => /^https?:/.test(url) && location.assign(url),
          onError: (error) => toast.error(reasonOf(error)),
        })
      }
    >
      {t("slack.install")}
    </Button>
  );
}

function Unlinking() {
  const { t } = useTranslation("settings");
  const unlink = useUnlink();
  return (
    <Button
      variant="outline"
      className="justify-self-start"
      disabled={unlink.isPending}
      onClick={() =>
        unlink.mutate(undefined, {
          onSuccess: () => toast.success(t("slack.unlinkedDone")),
          onError: (error) => toast.error(reasonOf(error)),
        })
      }
    >
      {t("slack.unlink")}
    </Button>
  );
}

function ChannelForm() {
  const { t } = useTranslation("settings");
  const [channel, setChannel] = useState("");
  const choose = useChooseChannel();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const onSuccess = () => {
      setChannel("");
      toast.success(t("slack.chosen"));
    };
    choose.mutate(channel.trim(), { onSuccess });
  };
  return (
    <form onSubmit={submit} className="grid gap-3 sm:max-w-sm">
      <Field label={t("slack.channel")} hint={t("slack.channelHint")}>
        {(wiring) => (
          <Input
            {...wiring}
            maxLength={100}
            value={channel}
            onChange={({ target }) => setChannel(target.value)}
          />
        )}
      </Field>
      {choose.error && <Failure error={choose.error} />}
      <Button
        type="submit"
        className="justify-self-start"
        disabled={!channel.trim() || choose.isPending}
      >
        {t("slack.choose")}
      </Button>
    </form>
  );
}
