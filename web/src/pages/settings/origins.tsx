import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Found } from "@/components/ui/found";
import { Textarea } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast";
import { useDraft } from "./draft";
import { useOrigins, useSetOrigins } from "./model";
import { Panel } from "./panel";

export function Origins() {
  const { t } = useTranslation("settings");
  const found = useOrigins();
  return (
    <Panel title={t("origins.title")} text={t("origins.text")}>
      <Found found={found} waiting={<SkeletonRows rows={2} />}>
        {(origins) => <Form origins={origins} />}
      </Found>
    </Panel>
  );
}

function Form({ origins }: { origins: string[] }) {
  const { t } = useTranslation("settings");
  const saved = origins.join("\n");
  const { text, setText, done } = useDraft(saved);
  const save = useSetOrigins();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const listed = text
      .split(/\s+/)
      .map((origin) => origin.trim())
      .filter(Boolean);
    const onSuccess = () => {
      done();
      toast.success(t("origins.saved"));
    };
    save.mutate(listed, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field label={t("origins.label")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            rows={3}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
      {save.error && <Failure error={save.error} />}
      <Button
        type="submit"
        className="justify-self-start"
        disabled={text === saved || save.isPending}
      >
        {t("origins.save")}
      </Button>
    </form>
  );
}
