import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Found } from "@/components/ui/found";
import { Textarea } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useMay } from "@/lib/session";
import { useFormats } from "@/pages/documents/model";
import { useDraft } from "./draft";
import { useProfile, useSetProfile } from "./model";
import { Panel } from "./panel";

export function SpaceProfile() {
  const { t } = useTranslation("settings");
  const found = useProfile();
  const admin = useMay("admin");
  return (
    <Panel title={t("profile.title")} text={t("profile.text")}>
      <Found found={found} waiting={<SkeletonRows rows={2} />}>
        {(text) =>
          admin ? (
            <Form text={text} />
          ) : (
            <p className="wrap-anywhere whitespace-pre-wrap text-sm">{text || t("profile.none")}</p>
          )
        }
      </Found>
    </Panel>
  );
}

function Form({ text }: { text: string }) {
  const { t } = useTranslation("settings");
  const { text: value, setText: setValue, done } = useDraft(text);
  const most = useFormats()?.limits.profile_characters;
  const save = useSetProfile();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const onSuccess = () => {
      done();
      toast.success(t("profile.saved"));
    };
    save.mutate(value, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field label={t("profile.label")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            rows={5}
            maxLength={most}
            value={value}
            onChange={({ target }) => setValue(target.value)}
          />
        )}
      </Field>
      {save.error && <Failure error={save.error} />}
      <Button
        type="submit"
        className="justify-self-start"
        disabled={value === text || save.isPending}
      >
        {t("profile.save")}
      </Button>
    </form>
  );
}
