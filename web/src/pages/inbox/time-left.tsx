import { Clock } from "lucide-react";
import { Countdown } from "@/approvals/countdown";
import { useLeft } from "@/approvals/left";
import { Badge } from "@/components/ui/badge";

/** The last minutes of something are red. */
const SOON = 10 * 60_000;

export function TimeLeft({ until }: { until: string }) {
  return (
    <Badge tone={useLeft(until) < SOON ? "danger" : "neutral"}>
      <Clock aria-hidden />
      <Countdown until={until} />
    </Badge>
  );
}
