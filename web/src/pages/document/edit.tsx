import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Unknown } from "@/components/ui/found";
import { GuardedDialog } from "@/components/ui/guarded-dialog";
import { Input, Select } from "@/components/ui/input";
import { problemAt } from "@/lib/field-problems";
import {
  type Document,
  type DocumentChange,
  useChangeDocument,
  useCollections,
} from "@/pages/documents/model";

type Props = { document: Document; open: boolean; onOpenChange: (open: boolean) => void };

export function EditDocument({ document, open, onOpenChange }: Props) {
  const { t } = useTranslation("documents");
  return (
    <GuardedDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("actions.edit")}
      description={t("edit.text")}
    >
      <Form document={document} onSaved={() => onOpenChange(false)} />
    </GuardedDialog>
  );
}

const KEYS = ["title", "author", "language", "published_on"] as const;
type Key = (typeof KEYS)[number] | "keywords" | "collection";

function Form({ document, onSaved }: { document: Document; onSaved: () => void }) {
  const { t } = useTranslation("documents");
  const [values, setValues] = useState(() => ({
    title: document.title,
    author: document.author ?? "",
    language: document.language ?? "",
    published_on: document.published_on ?? "",
    keywords: document.keywords.join(", "),
    collection: document.collection,
  }));
  const collections = useCollections();
  const names = collections.data?.map(({ name }) => name) ?? [document.collection];
  const change = useChangeDocument(document.id);
  const set = (key: Key, value: string) => setValues((now) => ({ ...now, [key]: value }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(changed(document, values), { onSuccess: onSaved });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {KEYS.map((key) => (
        <Field key={key} label={t(`edit.${key}`)} error={problemAt(change.error, key)}>
          {(wiring) => (
            <Input
              {...wiring}
              type={key === "published_on" ? "date" : "text"}
              required={key === "title"}
              maxLength={key === "language" ? 8 : 200}
              value={values[key]}
              onChange={({ target }) => set(key, target.value)}
            />
          )}
        </Field>
      ))}
      <Field
        label={t("facts.keywords")}
        hint={t("edit.keywordsHint")}
        error={problemAt(change.error, "keywords")}
      >
        {(wiring) => (
          <Input
            {...wiring}
            value={values.keywords}
            onChange={({ target }) => set("keywords", target.value)}
          />
        )}
      </Field>
      <Field label={t("columns.collection")} error={problemAt(change.error, "collection")}>
        {(wiring) => (
          <Select
            {...wiring}
            value={values.collection}
            onChange={({ target }) => set("collection", target.value)}
          >
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        )}
      </Field>
      <Unknown found={collections} />
      {change.error && <Failure error={change.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={change.isPending}>
          {t("edit.save")}
        </Button>
      </DialogActions>
    </form>
  );
}

/** What differs, so that two people who change other fields do not undo one another. */
function changed(document: Document, values: Record<Key, string>): DocumentChange {
  const keywords = values.keywords
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
  const wanted = {
    title: values.title.trim(),
    author: values.author.trim() || null,
    language: values.language.trim() || null,
    published_on: values.published_on || null,
    collection: values.collection,
    keywords,
  };
  const entries = Object.entries(wanted) as [Key, unknown][];
  return Object.fromEntries(
    entries.filter(([key, value]) => JSON.stringify(document[key]) !== JSON.stringify(value)),
  );
}
