import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogActions, DialogContent } from "@/components/ui/dialog";

type Props = {
  asked: "approve" | "deny" | null;
  tool: string;
  onClose: () => void;
  onSure: (decision: "approve" | "deny") => void;
};

/** A letter alone decides nothing: it asks, and Enter confirms. */
export function Certain({ asked, tool, onClose, onSure }: Props) {
  const { t } = useTranslation("approvals");
  if (!asked) return null;
  const sure = () => {
    onClose();
    onSure(asked);
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()}>
      <DialogContent
        title={t(`confirm.${asked}`, { tool })}
        description={t(`confirm.${asked}Text`)}
      >
        <DialogActions>
          <Button autoFocus variant={asked === "deny" ? "danger" : "primary"} onClick={sure}>
            {t(asked)}
          </Button>
        </DialogActions>
      </DialogContent>
    </Dialog>
  );
}
