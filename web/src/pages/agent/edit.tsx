import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { GuardedDialog } from "@/components/ui/guarded-dialog";
import { Input } from "@/components/ui/input";
import { ApiError } from "@/lib/problem";
import type { Agent } from "@/pages/agents/model";
import { AgentField } from "./field";
import { FIELDS, type Field as Name, SECTIONS, written, wrongAt } from "./form";
import { useSaving } from "./saving";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** None: a new one. */
  agent?: Agent;
  onSaved?: (name: string) => void;
};

export function AgentDialog({ open, onOpenChange, agent, onSaved }: Props) {
  const { t } = useTranslation("agents");
  const title = agent ? t("edit.title", { name: agent.name }) : t("new");
  return (
    <GuardedDialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={t("edit.text")}
      className="max-w-2xl"
    >
      <Form
        agent={agent}
        onSaved={(name) => {
          onOpenChange(false);
          onSaved?.(name);
        }}
      />
    </GuardedDialog>
  );
}

const FRESH: Partial<Agent> = {
  strategy: "plain",
  pattern: "single",
  retrieves: true,
  rerank: true,
};

type FormProps = { agent?: Agent; onSaved: (name: string) => void };

function Form({ agent, onSaved }: FormProps) {
  const { t } = useTranslation("agents");
  // As it was when this was opened: another's version must not take away what is written here.
  const [opened] = useState(agent);
  const [before] = useState(() => written(agent ?? FRESH));
  const [values, setValues] = useState(before);
  const [name, setName] = useState("");
  const [note, setNote] = useState("");
  const { save, error, isPending } = useSaving(agent?.name, before, onSaved);
  const expecting = (version?: number) => save(values, name, note.trim(), version);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    expecting(opened?.version);
  };
  const newest = agent && opened && agent.version > opened.version ? agent.version : null;
  return (
    <form onSubmit={submit} className="grid gap-4">
      {!agent && <NameField value={name} onChange={setName} error={wrongAt(error, "name")} />}
      {SECTIONS.map((section, index) => (
        <Part
          key={section}
          title={t(`sections.${section}`)}
          open={index === 0 || FIELDS[section].some((field) => wrongAt(error, field))}
        >
          {FIELDS[section].map((field: Name) => (
            <AgentField
              key={field}
              field={field}
              value={values[field]}
              error={wrongAt(error, field)}
              agent={agent?.name}
              onChange={(value) => setValues((now) => ({ ...now, [field]: value }))}
            />
          ))}
        </Part>
      ))}
      <Field label={t("edit.note")} hint={t("edit.noteHint")}>
        {(wiring) => (
          <Input
            {...wiring}
            maxLength={500}
            value={note}
            onChange={({ target }) => setNote(target.value)}
          />
        )}
      </Field>
      {error && <Failure error={error} />}
      {error instanceof ApiError && error.code === "agent_changed" && (
        <div className="grid justify-items-start gap-3 text-sm">
          <p>{t("edit.changedMeanwhile")}</p>
          {newest !== null && (
            <Button variant="outline" disabled={isPending} onClick={() => expecting(newest)}>
              {t("edit.onTop", { version: newest })}
            </Button>
          )}
        </div>
      )}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={isPending}>
          {t("edit.save")}
        </Button>
      </DialogActions>
    </form>
  );
}

type NameProps = { value: string; onChange: (name: string) => void; error: string | null };

function NameField({ value, onChange, error }: NameProps) {
  const { t } = useTranslation("agents");
  return (
    <Field label={t("fields.name")} hint={t("hints.name")} error={error}>
      {(wiring) => (
        <Input
          {...wiring}
          required
          maxLength={40}
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}

type PartProps = { title: string; open: boolean; children: React.ReactNode };

function Part({ title, open, children }: PartProps) {
  return (
    <details open={open} className="rounded-lg border">
      <summary className="px-4 py-3 font-medium text-sm">{title}</summary>
      <div className="grid gap-4 border-t p-4">{children}</div>
    </details>
  );
}
