import { ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import {
  Menu,
  MenuChoice,
  MenuContent,
  MenuGroup,
  MenuLabel,
  MenuTrigger,
} from "@/components/ui/menu";
import type { Busy } from "../state/outgoing";

const CHOICES = ["enqueue", "steer", "interrupt"] as const;

/** What a message does while an answer is being written. */
export function BusyMenu({ value, onChange }: { value: Busy; onChange: (value: Busy) => void }) {
  const { t } = useTranslation("chat");
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          variant="quiet"
          size="sm"
          aria-label={`${t("busy.label")}: ${t(`busy.${value}`)}`}
          data-testid="on-busy"
        >
          {t(`busy.${value}`)}
          <ChevronDown aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent className="w-72">
        <MenuLabel>{t("busy.label")}</MenuLabel>
        <MenuGroup value={value} onValueChange={(chosen) => onChange(chosen as Busy)}>
          {CHOICES.map((choice) => (
            <MenuChoice key={choice} value={choice}>
              <span className="block font-medium">{t(`busy.${choice}`)}</span>
              <span className="text-muted-foreground text-xs">{t(`busy.${choice}Text`)}</span>
            </MenuChoice>
          ))}
        </MenuGroup>
      </MenuContent>
    </Menu>
  );
}
