import { useTranslation } from "react-i18next";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { lettersAct } from "@/lib/keys";
import { SHORTCUTS } from "./shortcuts";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

export function ShortcutHelp({ open, onOpenChange }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={t("shortcuts.title")}>
        <Shortcuts />
      </DialogContent>
    </Dialog>
  );
}

/** Those that do something just now. */
function Shortcuts() {
  const { t } = useTranslation();
  const letters = lettersAct();
  return (
    <>
      <dl className="divide-y text-sm">
        {SHORTCUTS.filter(({ alone }) => letters || !alone).map(({ keys, action }) => (
          <div key={action} className="flex items-center justify-between gap-4 py-2">
            <dt>{t(action)}</dt>
            <dd className="flex gap-1">
              {keys.split(" ").map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-4 text-muted-foreground text-sm">
        {t(letters ? "shortcuts.on" : "shortcuts.off")}
      </p>
    </>
  );
}
