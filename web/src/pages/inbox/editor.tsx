import { Pencil, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import type { Approval } from "./model";

type Parsed = { values: Record<string, unknown> | null; why: string | null };

/** JSON that is an object, or why it is none; `why` is null for JSON of another kind. */
export function parsed(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return { values: isObject ? (value as Record<string, unknown>) : null, why: null };
  } catch (error) {
    return { values: null, why: error instanceof Error ? error.message : String(error) };
  }
}

type Props = {
  approval: Approval;
  /** Null while nothing is edited. */
  text: string | null;
  onChange: (text: string | null) => void;
  /** What the API says does not fit. */
  refused: string | null;
};

export function ArgumentEditor({ approval, text, onChange, refused }: Props) {
  const { t } = useTranslation("approvals");
  if (text === null) {
    return (
      <Button
        variant="quiet"
        className="justify-self-start"
        onClick={() => onChange(JSON.stringify(approval.arguments, null, 2))}
      >
        <Pencil aria-hidden />
        {t("edit")}
      </Button>
    );
  }
  const { values, why } = parsed(text);
  const wrong = why ? t("notJson", { why }) : values ? refused : t("notObject");
  return (
    <div className="grid gap-2">
      <Field label={t("editor")} hint={t("editorHint")} error={wrong}>
        {(wiring) => (
          <Textarea
            {...wiring}
            spellCheck={false}
            rows={Math.min(text.split("\n").length + 1, 20)}
            className="font-mono text-xs leading-5"
            value={text}
            onChange={({ target }) => onChange(target.value)}
          />
        )}
      </Field>
      <Button variant="quiet" className="justify-self-start" onClick={() => onChange(null)}>
        <Undo2 aria-hidden />
        {t("editDone")}
      </Button>
    </div>
  );
}
