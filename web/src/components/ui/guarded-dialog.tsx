import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Confirm } from "./confirm";
import { Dialog, DialogContent } from "./dialog";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: string;
  className?: string;
  children: ReactNode;
};

/** A dialog to write in: what was written is not lost by a key or a click beside it. */
export function GuardedDialog({ open, onOpenChange, children, ...content }: Props) {
  const { t } = useTranslation("pages");
  const written = useRef(false);
  const [asking, setAsking] = useState(false);
  const change = (now: boolean) => {
    if (!now && written.current) setAsking(true);
    else onOpenChange(now);
  };
  const leave = () => {
    setAsking(false);
    onOpenChange(false);
  };
  const note = ({ target }: FormEvent) => {
    if (isWriting(target)) written.current = true;
  };
  // Closed by whoever saved: the next time begins anew.
  if (!open) written.current = false;
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogContent {...content}>
        <div onInput={note}>{children}</div>
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title={t("discard.title")}
          description={t("discard.text")}
          action={t("discard.action")}
          onConfirm={leave}
        />
      </DialogContent>
    </Dialog>
  );
}

/** Choices are made again at once; words are not. */
function isWriting(target: EventTarget): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && target.type !== "file" && target.type !== "search")
  );
}
