import { useTranslation } from "react-i18next";
import { moment } from "@/lib/format";
import { remaining, useLeft } from "./left";

/** How long there is to decide. */
export function Countdown({ until }: { until: string }) {
  const { t } = useTranslation("chat");
  const left = useLeft(until);
  return (
    <time dateTime={until} title={moment(until)} className="tabular-nums">
      {left <= 0 ? t("approval.over") : t("approval.left", { time: remaining(left) })}
    </time>
  );
}
