import { useTranslation } from "react-i18next";
import { Badge, type Tone } from "@/components/ui/badge";
import type { Approval } from "./model";

const TONES: Record<Approval["state"], Tone> = {
  pending: "warning",
  approved: "success",
  denied: "danger",
  revised: "info",
  expired: "neutral",
  withdrawn: "neutral",
};

export function StateBadge({ approval: { state } }: { approval: Approval }) {
  const { t } = useTranslation("approvals");
  return <Badge tone={TONES[state]}>{t(`states.${state}`)}</Badge>;
}
