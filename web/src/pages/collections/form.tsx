import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { GuardedDialog } from "@/components/ui/guarded-dialog";
import { Input, Textarea } from "@/components/ui/input";
import { problemAt } from "@/lib/field-problems";
import type { Collection } from "@/pages/documents/model";
import { Cut } from "./cut";
import { type NewCollection, useChangeCollection, useCreateCollection } from "./model";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** None: a new one. */
  collection?: Collection;
  onSaved?: (name: string) => void;
};

export function CollectionDialog({ open, onOpenChange, collection, onSaved }: Props) {
  const { t } = useTranslation("documents");
  const title = collection
    ? t("collections.form.change", { name: collection.name })
    : t("collections.form.create");
  const description = collection && t("collections.form.nameNote");
  return (
    <GuardedDialog open={open} onOpenChange={onOpenChange} title={title} description={description}>
      <Form
        collection={collection}
        onSaved={(name) => {
          onOpenChange(false);
          onSaved?.(name);
        }}
      />
    </GuardedDialog>
  );
}

const EMPTY: NewCollection = {
  name: "",
  description: "",
  chunking: { chunker: "semantic", size: 1500, overlap: 200 },
  recency_days: null,
};

function startOf(collection?: Collection): NewCollection {
  if (!collection) return EMPTY;
  const { name, description, chunking, recency_days } = collection;
  return { name, description, chunking, recency_days };
}

type FormProps = { collection?: Collection; onSaved: (name: string) => void };

function Form({ collection, onSaved }: FormProps) {
  const { t } = useTranslation("documents");
  const [values, setValues] = useState(() => startOf(collection));
  const create = useCreateCollection();
  const change = useChangeCollection();
  const saving = collection ? change : create;
  const set = (part: Partial<NewCollection>) => setValues((now) => ({ ...now, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(values, { onSuccess: () => onSaved(values.name) });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {!collection && (
        <Field
          label={t("collections.form.name")}
          hint={t("collections.form.nameHint")}
          error={problemAt(saving.error, "name")}
        >
          {(wiring) => (
            <Input
              {...wiring}
              required
              maxLength={64}
              value={values.name}
              onChange={({ target }) => set({ name: target.value.trim() })}
            />
          )}
        </Field>
      )}
      <Field
        label={t("collections.form.description")}
        hint={t("collections.form.descriptionHint")}
        error={problemAt(saving.error, "description")}
      >
        {(wiring) => (
          <Textarea
            {...wiring}
            maxLength={1_000}
            value={values.description}
            onChange={({ target }) => set({ description: target.value })}
          />
        )}
      </Field>
      <Cut values={values} onChange={set} error={problemAt(saving.error, "chunking")} />
      <Field
        label={t("collections.form.recency")}
        hint={t("collections.form.recencyHint")}
        error={problemAt(saving.error, "recency_days")}
      >
        {(wiring) => (
          <Input
            {...wiring}
            type="number"
            min={1}
            max={36_525}
            value={values.recency_days ?? ""}
            onChange={({ target }) =>
              set({ recency_days: target.value ? Number(target.value) : null })
            }
          />
        )}
      </Field>
      {saving.error && <Failure error={saving.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={saving.isPending}>
          {t(collection ? "collections.form.save" : "collections.form.make")}
        </Button>
      </DialogActions>
    </form>
  );
}
