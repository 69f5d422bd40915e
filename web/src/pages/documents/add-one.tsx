import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Input, Textarea } from "@/components/ui/input";
import { Spinner } from "@/components/ui/spinner";
import { type NewDocument, useAddDocument } from "./model";

type Props = { collection: string; onAdded: () => void };

export function AddedByAddress({ collection, onAdded }: Props) {
  const { t } = useTranslation("documents");
  const [url, setUrl] = useState("");
  return (
    <OneForm onAdded={onAdded} document={url.trim() ? { collection, url: url.trim() } : null}>
      <Field label={t("add.url")} hint={t("add.urlHint")}>
        {(wiring) => (
          <Input
            {...wiring}
            type="url"
            required
            maxLength={2_000}
            placeholder="https://"
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        )}
      </Field>
    </OneForm>
  );
}

export function AddedByText({ collection, onAdded }: Props) {
  const { t } = useTranslation("documents");
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  const named = title.trim() ? { title: title.trim() } : {};
  return (
    <OneForm onAdded={onAdded} document={text.trim() ? { collection, text, ...named } : null}>
      <Field label={t("add.name")}>
        {(wiring) => (
          <Input
            {...wiring}
            maxLength={200}
            value={title}
            onChange={({ target }) => setTitle(target.value)}
          />
        )}
      </Field>
      <Field label={t("add.content")} hint={t("add.contentHint")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            required
            rows={8}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
    </OneForm>
  );
}

type FormProps = {
  document: NewDocument | null;
  onAdded: () => void;
  children: React.ReactNode;
};

function OneForm({ document, onAdded, children }: FormProps) {
  const { t } = useTranslation("documents");
  const add = useAddDocument();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (document) add.mutate(document, { onSuccess: onAdded });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {children}
      {add.error && <Failure error={add.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={!document || add.isPending}>
          {add.isPending && <Spinner />}
          {t("add.action")}
        </Button>
      </DialogActions>
    </form>
  );
}
