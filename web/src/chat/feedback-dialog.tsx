import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import type { Feedback } from "./state/message";

const REASONS = [
  "inaccurate",
  "incomplete",
  "irrelevant",
  "wrong_sources",
  "style",
  "unsafe",
  "slow",
  "other",
] as const;
const COMMENT = 2_000;

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onGive: (feedback: Feedback) => void;
};

/** What was wrong with an answer: a reason, and if one likes a few words. */
export function FeedbackDialog({ open, onOpenChange, onGive }: Props) {
  const { t } = useTranslation("chat");
  const [reason, setReason] = useState<string>(REASONS[0]);
  const [comment, setComment] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onGive({ rating: "down", reason, ...(comment.trim() && { comment: comment.trim() }) });
    onOpenChange(false);
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={t("feedback.title")} description={t("feedback.text")}>
        <form onSubmit={submit} className="grid gap-4">
          <fieldset className="grid gap-1 sm:grid-cols-2">
            <legend className="mb-1.5 font-medium text-sm">{t("feedback.reason")}</legend>
            {REASONS.map((one) => (
              <label key={one} className="flex min-h-8 items-center gap-2 text-sm">
                <input
                  type="radio"
                  name="reason"
                  value={one}
                  checked={reason === one}
                  onChange={() => setReason(one)}
                  className="size-4 accent-primary"
                />
                {t(`feedback.reasons.${one}`)}
              </label>
            ))}
          </fieldset>
          <Field label={t("feedback.comment")}>
            {(wiring) => (
              <Textarea
                {...wiring}
                maxLength={COMMENT}
                value={comment}
                onChange={(event) => setComment(event.target.value)}
              />
            )}
          </Field>
          <DialogActions>
            <Button type="submit" variant="primary">
              {t("feedback.send")}
            </Button>
          </DialogActions>
        </form>
      </DialogContent>
    </Dialog>
  );
}
