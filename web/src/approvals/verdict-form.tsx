import { Check, PencilLine, Undo2, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { type Approval, useVerdict, type Verdict } from "@/pages/inbox/model";
import { fromText, toText } from "./edit";

type Mode = "decide" | "edit" | "deny" | "revise";
const NOTE = 2_000;

/** Approve, deny, send back, or approve with other arguments. */
export function VerdictForm({ approval }: { approval: Approval }) {
  const { t } = useTranslation("chat");
  const [mode, setMode] = useState<Mode>("decide");
  const decide = useVerdict(approval);
  const give = (verdict: Omit<Verdict, "note"> & { note?: string }) =>
    decide.mutate({ note: "", ...verdict });
  const busy = decide.isPending || decide.isSuccess;
  return (
    <div className="grid gap-3">
      {mode === "decide" && (
        <div className="flex flex-wrap gap-2">
          <Button variant="primary" disabled={busy} onClick={() => give({ decision: "approve" })}>
            <Check aria-hidden />
            {t("approval.approve")}
          </Button>
          <Button variant="outline" disabled={busy} onClick={() => setMode("deny")}>
            <X aria-hidden />
            {t("approval.deny")}
          </Button>
          <Button variant="outline" disabled={busy} onClick={() => setMode("revise")}>
            <Undo2 aria-hidden />
            {t("approval.revise")}
          </Button>
          {approval.arguments_schema && (
            <Button variant="outline" disabled={busy} onClick={() => setMode("edit")}>
              <PencilLine aria-hidden />
              {t("approval.edit")}
            </Button>
          )}
        </div>
      )}
      {(mode === "deny" || mode === "revise") && (
        <NoteForm
          mode={mode}
          busy={busy}
          onBack={() => setMode("decide")}
          onGive={(note) => give({ decision: mode, note })}
        />
      )}
      {mode === "edit" && (
        <EditForm
          given={approval.arguments}
          busy={busy}
          onBack={() => setMode("decide")}
          onGive={(values) => give({ decision: "approve", arguments: values })}
        />
      )}
      {decide.isError && <Failure error={decide.error} />}
    </div>
  );
}

type NoteProps = {
  mode: "deny" | "revise";
  busy: boolean;
  onBack: () => void;
  onGive: (note: string) => void;
};

function NoteForm({ mode, busy, onBack, onGive }: NoteProps) {
  const { t } = useTranslation("chat");
  const [note, setNote] = useState("");
  const needed = mode === "revise";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onGive(note.trim());
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field label={t(needed ? "approval.what" : "approval.note")}>
        {(wiring) => (
          <Textarea
            {...wiring}
            autoFocus
            required={needed}
            maxLength={NOTE}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant={needed ? "primary" : "danger"} disabled={busy}>
          {t(needed ? "approval.sendBack" : "approval.deny")}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {t("approval.back")}
        </Button>
      </div>
    </form>
  );
}

type EditProps = {
  given: Record<string, unknown>;
  busy: boolean;
  onBack: () => void;
  onGive: (values: Record<string, unknown>) => void;
};

function EditForm({ given, busy, onBack, onGive }: EditProps) {
  const { t } = useTranslation("chat");
  const [written, setWritten] = useState(() => toText(given));
  const [broken, setBroken] = useState<string[]>([]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = fromText(written, given);
    setBroken(read.broken);
    if (read.broken.length === 0) onGive(read.values);
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      {Object.entries(written).map(([name, text]) => (
        <Field
          key={name}
          label={name}
          error={broken.includes(name) ? t("approval.unreadable") : null}
        >
          {(wiring) => (
            <Textarea
              {...wiring}
              rows={Math.min(10, text.split("\n").length + 1)}
              className="min-h-0 font-mono"
              value={text}
              onChange={(event) => setWritten({ ...written, [name]: event.target.value })}
            />
          )}
        </Field>
      ))}
      <div className="flex gap-2">
        <Button type="submit" variant="primary" disabled={busy}>
          {t("approval.approveEdited")}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {t("approval.back")}
        </Button>
      </div>
    </form>
  );
}
